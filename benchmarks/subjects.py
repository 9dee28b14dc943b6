"""What is measured: the service, its peers, and floors below which no service gets."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import rendering
from benchmarks.endpoints import CREATE, CREATE_WITH_TASK, HEALTH, ITEM, LIST, Endpoint
from benchmarks.processes import Process, answers, free_port, running
from benchmarks.settings import (
    ACCESS_TOKEN_SECONDS,
    ASYNC_POOL,
    LOGS,
    MEASURED,
    ROOT,
    SECRET_KEY,
    THREADS,
)

ALL = (HEALTH, ITEM, LIST, CREATE)


@dataclass(frozen=True)
class Subject:
    """A program that serves; `{port}` and `{workers}` are filled in when it is started."""

    id: str
    title: str
    kind: str  # "service", "peer" or "floor"
    command: str
    endpoints: tuple[Endpoint, ...]
    variables: Mapping[str, str] = field(repr=False)
    cwd: Path


@dataclass(frozen=True)
class Server:
    """A subject that runs."""

    subject: Subject
    workers: int
    port: int
    process: Process


def subjects(
    service: Path, fast: Path, optimized: Path, database_url: str, broker_url: str | None
) -> tuple[Subject, ...]:
    """Return the table of all subjects; without a broker no task is sent.

    `service` and `fast` are where the service was rendered without and with the bundle granian,
    and `optimized` where the views of the example were optimized, too.
    """
    of_peers = {
        **rendering.environment(),
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database_url,
        "SECRET_KEY": SECRET_KEY,
        "ACCESS_TOKEN_SECONDS": str(ACCESS_TOKEN_SECONDS),
        "POOL_SIZE": str(ASYNC_POOL),
    }
    both = (*ALL, CREATE_WITH_TASK) if broker_url else ALL
    gunicorn = (
        "gunicorn --bind 127.0.0.1:{port} --workers {workers} --worker-class gthread "
        f"--threads {THREADS} --keep-alive 5 --no-control-socket --log-level warning "
        "benchmarks.peers."
    )
    uvicorn = (
        "uvicorn --host 127.0.0.1 --port {port} --workers {workers} --loop uvloop "
        "--http httptools --no-access-log --log-level warning benchmarks.peers."
    )
    granian = (
        "granian --interface wsgi --host 127.0.0.1 --port {port} --workers {workers} "
        f"--blocking-threads {THREADS} --no-ws --log-level warning "
    )

    def own(
        id_: str, title: str, command: str, cwd: Path, endpoints: tuple[Endpoint, ...] = both
    ) -> Subject:
        variables = {
            **rendering.variables(cwd, database_url, broker_url),
            "WEB_BIND": "127.0.0.1:{port}",
            "WEB_CONCURRENCY": "{workers}",
        }
        return Subject(id_, title, "service", command, endpoints, variables, cwd)

    def peer(id_: str, title: str, command: str) -> Subject:
        return Subject(id_, title, "peer", command, ALL, of_peers, ROOT)

    def floor(id_: str, title: str, command: str, *endpoints: Endpoint) -> Subject:
        return Subject(id_, title, "floor", command, endpoints, of_peers, ROOT)

    return (
        own("service-gunicorn", "The service, gunicorn", "gunicorn", service),
        own("service-granian", "The service, Granian", "python serve.py", fast),
        own(
            "service-optimized-granian",
            "The service optimized, Granian",
            "python serve.py",
            optimized,
            ALL,
        ),
        peer("fastapi", "FastAPI, async ORM", uvicorn + "fastapi_orm:app"),
        peer("fastapi-tuned", "FastAPI, every lever", uvicorn + "fastapi_tuned:app"),
        peer("fastapi-sqlmodel", "FastAPI, sync SQLModel", uvicorn + "fastapi_sqlmodel:app"),
        peer("django-ninja", "Django Ninja", gunicorn + "django_ninja:app"),
        floor("raw-psycopg", "WSGI callable, psycopg", gunicorn + "raw_psycopg:app", *ALL),
        floor("bare-wsgi", "Bare WSGI callable", gunicorn + "bare_wsgi:app", HEALTH),
        floor("bare-flask", "Bare Flask", gunicorn + "bare_flask:app", HEALTH),
        floor(
            "bare-flask-granian",
            "Bare Flask, Granian",
            granian + "benchmarks.peers.bare_flask:app",
            HEALTH,
        ),
    )


@contextmanager
def serving(subject: Subject, workers: int, cores: tuple[int, ...]) -> Iterator[Server]:
    """Start `subject` on `cores`; it answers when the block begins, and is gone when it ends."""
    with started(subject, workers, cores) as server:
        server.process.wait_for(lambda: answers(server.port, "/livez"))
        yield server


@contextmanager
def started(subject: Subject, workers: int, cores: tuple[int, ...]) -> Iterator[Server]:
    """Start `subject` on `cores`, without waiting until it answers."""
    port = free_port()

    def filled(value: str) -> str:
        return value.replace("{port}", str(port)).replace("{workers}", str(workers))

    program, *arguments = filled(subject.command).split()
    with running(
        subject.id,
        (str(MEASURED / "bin" / program), *arguments),
        variables={name: filled(value) for name, value in subject.variables.items()},
        cwd=subject.cwd,
        cores=cores,
        log=LOGS / f"{subject.id}-{workers}.log",
    ) as process:
        yield Server(subject, workers, port, process)
