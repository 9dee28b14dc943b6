"""Renders a service and runs it as in production: web server, Celery worker and beat."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.faults.processes import DEADLINE, Process, wait_until
from tests.faults.servers import free_port
from tests.matrix.environments import Service
from tests.template import render

PACKAGE = "faulty"
VISIBILITY_TIMEOUT = 15  # seconds, instead of ten minutes
PART = Path(__file__).with_name("part.py")
CREATE_TABLES = f"""
from {PACKAGE}.worker import service
from {PACKAGE}.database import db
with service.app_context():
    db.create_all()
"""


@dataclass(frozen=True)
class Production:
    """A service, and the environment variables of its processes."""

    service: Service
    logs: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def with_variables(self, **variables: str) -> "Production":
        """Return the service with these variables added or replaced."""
        return replace(self, variables={**self.variables, **variables})

    def start(self, log: str, program: str, *arguments: str, **variables: str) -> Process:
        """Start a program of the service's virtual environment; its output is in the file `log`."""
        return Process(
            (str(self.service.environment / "bin" / program), *arguments),
            self.logs / log,
            cwd=self.service.path,
            variables=self.service.variables_with(**self.variables, **variables),
        )

    def migrate(self) -> None:
        """Run the migrations, and create the tables of part.py."""
        self.service.run("flask", "--app", PACKAGE, "db", "upgrade", **self.variables)
        self.service.run("python", "-c", CREATE_TABLES, **self.variables)

    @contextmanager
    def web(self, workers: int = 2, **variables: str) -> Iterator["WebServer"]:
        """Serve on a free port until the block ends."""
        web = WebServer(self, free_port(), workers, variables)
        web.start()
        try:
            yield web
        finally:
            if web.process is not None:
                web.process.kill()

    @contextmanager
    def worker(self, concurrency: int = 2, **variables: str) -> Iterator["Worker"]:
        """Run a worker until the block ends."""
        worker = Worker(self, concurrency, variables)
        worker.start()
        try:
            yield worker
        finally:
            worker.process.kill()

    @contextmanager
    def beat(self) -> Iterator[None]:
        """Run beat until the block ends."""
        schedule = str(self.logs / "schedule")
        process = self.start(
            "beat.log", "celery", "--app", f"{PACKAGE}.worker", "beat", "--schedule", schedule
        )
        try:
            yield
        finally:
            process.kill()


class WebServer:
    """The web server of a service; its port is the same after a restart."""

    def __init__(
        self, production: Production, port: int, workers: int, variables: Mapping[str, str]
    ) -> None:
        self.production = production
        self.url = f"http://127.0.0.1:{port}"
        self.variables = {
            "WEB_BIND": f"127.0.0.1:{port}",
            "WEB_CONCURRENCY": str(workers),
            "DRAIN_SECONDS": "1",
            **variables,
        }
        self.workers = workers
        self.process: Process | None = None

    def start(self) -> None:
        """Start gunicorn, and wait until all its workers run and one responds."""
        process = self.process = self.production.start("web.log", "gunicorn", **self.variables)
        wait_until(lambda: len(process.children()) >= self.workers, "gunicorn has no workers")
        wait_until(lambda: self.status("/livez") == 200, f"no response: {process.log}")

    def status(self, path: str) -> int | None:
        """Return the status of the response to a GET, or None if there was none."""
        try:
            return httpx.get(self.url + path, timeout=DEADLINE).status_code
        except httpx.HTTPError:
            return None


class Worker:
    """A Celery worker."""

    def __init__(
        self, production: Production, concurrency: int, variables: Mapping[str, str]
    ) -> None:
        self.production = production
        self.concurrency = concurrency
        self.variables = variables
        self.starts = 0
        self.name = ""
        self.process: Process

    def start(self) -> None:
        """Start the worker, and wait until its pool of processes runs."""
        self.starts += 1
        self.name = uuid4().hex
        process = self.process = self.production.start(
            "worker.log",
            "celery",
            *("--app", f"{PACKAGE}.worker", "worker", "--concurrency", str(self.concurrency)),
            *("--without-mingle", "--without-gossip", "--hostname", f"{self.name}@%h"),
            REMAP_SIGTERM="SIGQUIT",
            **self.variables,
        )
        wait_until(
            lambda: len(process.children()) >= self.concurrency or not process.is_running(),
            f"no worker: {process.log}",
        )

    def is_ready(self) -> bool:
        """Return whether the worker has logged, since its last start, that it is ready."""
        lines = self.process.log.read_text("utf-8", errors="replace").splitlines()
        return any(self.name in line and " ready." in line for line in lines)

    def restart_if_exited(self) -> None:
        """Start the worker if it has exited, as container platforms do."""
        if not self.process.is_running():
            self.start()


def create(
    template: Path, folder: Path, environment: Path, part: Path = PART, **answers: object
) -> Production:
    """Render a service with the preset api and `answers`, and add `part` to its parts.

    Skips the test if the system has no /proc.
    """
    if not Path("/proc/self").exists():
        pytest.skip("this system has no /proc, which lists the child processes")
    path = render(
        template, folder / "service", {"project_name": "Faulty", "preset": "api", **answers}
    )
    package = path / "src" / PACKAGE
    shutil.copy(part, package)
    parts = package / "parts.py"
    text = parts.read_text("utf-8")
    parts.write_text(text.replace("    health,\n", f"    health,\n    {part.stem},\n"), "utf-8")
    logs = folder / "logs"
    logs.mkdir()
    variables = {
        "APP_ENV": "production",
        "PYTHONPATH": str(path / "src"),
        "SECRET_KEY": "a key of the faults, with more than thirty-two bytes",
        "TRUSTED_HOSTS": "127.0.0.1",
    }
    return Production(Service(path, environment), logs, variables)


def edit_tasks_module(production: Production, module: str, replacements: Mapping[str, str]) -> None:
    """Replace texts in a module of the service's package `tasks`."""
    path = production.service.path / "src" / PACKAGE / "tasks" / f"{module}.py"
    text = path.read_text("utf-8")
    for old, new in replacements.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
