"""The run's own PostgreSQL and Redis, with the settings of production."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from benchmarks.processes import Cores, Process, free_port, run, running
from benchmarks.settings import WORK, BenchError

DURABLE = {"autovacuum": "on", "fsync": "on", "synchronous_commit": "on"}
OPTIONS = {
    **DURABLE,
    "listen_addresses": "127.0.0.1",
    "max_connections": "800",
    "timezone": "UTC",
    "unix_socket_directories": "",
}


@contextmanager
def postgresql(cores: Cores) -> Iterator[tuple[str, Process]]:
    """Start an empty PostgreSQL on `cores`; yield its URL and process."""
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    newest = sorted(installed, key=lambda path: int(path.parent.name), reverse=True)
    initdb, postgres = (_program(name, "postgresql", *newest) for name in ("initdb", "postgres"))
    user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    for abandoned in WORK.glob("postgres-*"):  # by a run that was killed
        shutil.rmtree(abandoned, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=WORK))
    try:
        if user:
            shutil.chown(folder, user)
        options = ("--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
        data = ("--username=bench", "--pgdata", folder / "data")
        run(initdb, *options, *data, cwd=Path("/"), user=user)
        port = free_port()
        settings = [f"--{name}={value}" for name, value in {**OPTIONS, "port": port}.items()]
        command = (postgres, "-D", folder / "data", *settings)
        url = f"postgresql://bench@127.0.0.1:{port}/postgres"
        with running("postgres", *command, cores=cores, cwd=Path("/"), user=user) as process:
            process.wait_for(lambda: _accepts(url))
            yield url, process
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def redis(cores: Cores) -> Iterator[tuple[str, Process]]:
    """Start an empty Redis on `cores`, without persistence; yield its URL and process."""
    port = free_port()
    command = (_program("redis-server", "redis-server"), "--port", str(port), "--save", "")
    with running("redis", *command, "--bind", "127.0.0.1", cores=cores) as process:
        process.wait_for(lambda: _responds(port))
        yield f"redis://127.0.0.1:{port}/0", process


def _responds(port: int) -> bool:
    try:
        with Redis(port=port) as client:
            return bool(client.ping())
    except RedisError:
        return False


def _program(name: str, package: str, *folders: Path) -> str:
    """Return the path of a program. Raises `BenchError` with the command that installs it."""
    path = os.pathsep.join([*map(str, folders), os.environ["PATH"]])
    if found := shutil.which(name, path=path):
        return found
    raise BenchError(f"{name} is not installed. On Debian: apt-get install {package}")
