"""The subjects: the service, its peers, and floors below which no service gets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import urllib3

from benchmarks.endpoints import ALL
from benchmarks.processes import Cores, Process, free_port, running
from benchmarks.rendering import API, API_GRANIAN, MINIMAL, OPTIMIZED, PAGES, WITH, variables
from benchmarks.settings import MEASURED, ROOT, THREADS

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
SERVE = "python serve.py"


@dataclass(frozen=True)
class Subject:
    """A server program; `{port}` and `{workers}` are replaced when it is started."""

    id: str
    title: str
    kind: str  # "service", "bundle", "peer" or "floor"; "page" for those with pages only
    command: str
    folder: Path = ROOT
    endpoints: tuple[str, ...] = ALL


@dataclass(frozen=True)
class Server:
    """A running subject."""

    subject: Subject
    port: int
    process: Process


WITH_TASKS = (*ALL, "create-with-task")
ITEM, HEALTH, HTML = ("item",), ("health",), ("html",)
FLASK = "bare_flask:app"
SUBJECTS = (
    Subject("service-gunicorn", "The service, gunicorn", "service", "gunicorn", API, WITH_TASKS),
    Subject("service-granian", "The service, Granian", "service", SERVE, API_GRANIAN, WITH_TASKS),
    Subject(
        "service-optimized-granian", "The service optimized, Granian", "service", SERVE, OPTIMIZED
    ),
    *(
        Subject(name, f"The service with {name}", "bundle", "gunicorn", folder, ITEM)
        for name, folder in WITH.items()
    ),
    Subject("pages", "The service's list page", "page", "gunicorn", PAGES, HTML),
    Subject("fastapi", "FastAPI, async ORM", "peer", UVICORN + "fastapi_orm:app"),
    Subject("fastapi-tuned", "FastAPI, every optimization", "peer", UVICORN + "fastapi_tuned:app"),
    Subject("fastapi-sqlmodel", "FastAPI, sync SQLModel", "peer", UVICORN + "fastapi_sqlmodel:app"),
    Subject("django-ninja", "Django Ninja", "peer", GUNICORN + "django_ninja:app"),
    Subject("django", "Django's list view", "page", GUNICORN + "django_pages:app", ROOT, HTML),
    Subject("raw-psycopg", "WSGI callable, psycopg", "floor", GUNICORN + "raw_psycopg:app"),
    Subject("kernel", "The preset minimal", "floor", "gunicorn", MINIMAL, HEALTH),
    Subject("bare-wsgi", "Bare WSGI callable", "floor", GUNICORN + "bare_wsgi:app", ROOT, HEALTH),
    Subject("bare-flask", "Bare Flask", "floor", GUNICORN + FLASK, ROOT, HEALTH),
    Subject("bare-flask-granian", "Bare Flask, Granian", "floor", GRANIAN + FLASK, ROOT, HEALTH),
)


@contextmanager
def started(subject: Subject, workers: int, cores: Cores) -> Iterator[Server]:
    """Start `subject` on `cores`, and wait until it responds."""
    port = free_port()
    program, *arguments = subject.command.format(port=port, workers=workers).split()
    bind = {"WEB_BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": str(workers)}
    environment = variables(subject.folder) | bind
    command = (f"{subject.id}-{workers}", MEASURED / "bin" / program, *arguments)
    with running(*command, cores=cores, env=environment, cwd=subject.folder) as process:
        get = partial(urllib3.request, "GET", retries=False, timeout=5)
        url = f"http://127.0.0.1:{port}/livez"
        process.wait_for(lambda: get(url).status == 200, urllib3.exceptions.HTTPError)
        yield Server(subject, port, process)
