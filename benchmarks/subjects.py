"""The subjects: the service, its peers, and floors below which no service gets."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import urllib3

from benchmarks.endpoints import ALL, HEALTH, WITH_TASK
from benchmarks.processes import Cores, Process, free_port, running
from benchmarks.rendering import Services, variables
from benchmarks.settings import ASYNC_POOL, MEASURED, ROOT, THREADS

PEERS = "benchmarks.peers."
GUNICORN = (
    "gunicorn --bind 127.0.0.1:{port} --workers {workers} --worker-class gthread "
    f"--threads {THREADS} --keep-alive 5 --no-control-socket --log-level warning {PEERS}"
)
UVICORN = (
    "uvicorn --host 127.0.0.1 --port {port} --workers {workers} --loop uvloop "
    f"--http httptools --no-access-log --log-level warning {PEERS}"
)
GRANIAN = (
    "granian --interface wsgi --host 127.0.0.1 --port {port} --workers {workers} "
    f"--blocking-threads {THREADS} --no-ws --log-level warning {PEERS}"
)


@dataclass(frozen=True)
class Subject:
    """A server program; `{port}` and `{workers}` are replaced when it is started."""

    id: str
    title: str
    kind: str  # "service", "peer" or "floor"
    command: str
    endpoints: tuple[str, ...]
    variables: Mapping[str, str] = field(repr=False)
    cwd: Path = ROOT


@dataclass(frozen=True)
class Server:
    """A running subject."""

    subject: Subject
    port: int
    process: Process

    def serves(self) -> bool:
        """Return whether the server responds."""
        url = f"http://127.0.0.1:{self.port}/livez"
        try:
            return urllib3.request("GET", url, retries=False, timeout=5).status == 200
        except urllib3.exceptions.HTTPError:
            return False


def subjects(services: Services, database_url: str, broker_url: str) -> dict[str, Subject]:
    """Return all subjects of the comparison by their ids."""
    urls, with_task = (database_url, broker_url), (*ALL, WITH_TASK)
    peer_variables = variables(ROOT, *urls) | {"POOL_SIZE": str(ASYNC_POOL)}
    bind = {"WEB_BIND": "127.0.0.1:{port}", "WEB_CONCURRENCY": "{workers}"}

    def service(
        name: str, title: str, command: str, folder: Path, *endpoints: str, kind: str = "service"
    ) -> Subject:
        own = variables(folder / "src", *urls) | bind
        return Subject(name, title, kind, command, endpoints, own, folder)

    def peer(name: str, title: str, command: str) -> Subject:
        return Subject(name, title, "peer", command, ALL, peer_variables)

    def floor(name: str, title: str, command: str, *endpoints: str) -> Subject:
        return Subject(name, title, "floor", command, endpoints, peer_variables)

    optimized, serve = "The service optimized, Granian", "python serve.py"
    minimal = services.minimal
    every = (
        service("service-gunicorn", "The service, gunicorn", "gunicorn", services.api, *with_task),
        service("service-granian", "The service, Granian", serve, services.granian, *with_task),
        service("service-optimized-granian", optimized, serve, services.optimized, *ALL),
        peer("fastapi", "FastAPI, async ORM", UVICORN + "fastapi_orm:app"),
        peer("fastapi-tuned", "FastAPI, every optimization", UVICORN + "fastapi_tuned:app"),
        peer("fastapi-sqlmodel", "FastAPI, sync SQLModel", UVICORN + "fastapi_sqlmodel:app"),
        peer("django-ninja", "Django Ninja", GUNICORN + "django_ninja:app"),
        floor("raw-psycopg", "WSGI callable, psycopg", GUNICORN + "raw_psycopg:app", *ALL),
        service("kernel", "The preset minimal", "gunicorn", minimal, HEALTH, kind="floor"),
        floor("bare-wsgi", "Bare WSGI callable", GUNICORN + "bare_wsgi:app", HEALTH),
        floor("bare-flask", "Bare Flask", GUNICORN + "bare_flask:app", HEALTH),
        floor("bare-flask-granian", "Bare Flask, Granian", GRANIAN + "bare_flask:app", HEALTH),
    )
    return {subject.id: subject for subject in every}


@contextmanager
def started(subject: Subject, workers: int, cores: Cores) -> Iterator[Server]:
    """Start `subject` on `cores`, and wait until it responds."""
    port = free_port()

    def filled(value: str) -> str:
        return value.replace("{port}", str(port)).replace("{workers}", str(workers))

    program, *arguments = filled(subject.command).split()
    environment = {name: filled(value) for name, value in subject.variables.items()}
    command = (MEASURED / "bin" / program, *arguments)
    name = f"{subject.id}-{workers}"
    with running(name, *command, cores=cores, env=environment, cwd=subject.cwd) as process:
        server = Server(subject, port, process)
        process.wait_for(server.serves)
        yield server
