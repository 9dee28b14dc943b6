"""The run's own PostgreSQL and Redis, with the settings of production."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from benchmarks.processes import Process, free_port, running
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
def postgresql(cores: Sequence[int]) -> Iterator[tuple[str, Process]]:
    """Start an empty PostgreSQL on `cores`; yield its URL and process. Raises `BenchError`."""
    binaries = [*Path("/usr/lib/postgresql").glob("*/bin")]
    newest = sorted(binaries, key=lambda path: int(path.parent.name), reverse=True)
    initdb = _program("initdb", "postgresql", *newest)
    user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    for abandoned in WORK.glob("postgres-*"):  # by a run that was killed
        shutil.rmtree(abandoned, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=WORK))
    try:
        if user:
            shutil.chown(folder, user)
        initialize = (initdb, "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
        result = subprocess.run(
            (*initialize, "--username=bench", "--pgdata", folder),
            user=user,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise BenchError(f"initdb failed in {folder} as user {user}: {result.stderr.strip()}")
        port = free_port()
        options = [f"--{name}={value}" for name, value in OPTIONS.items()]
        command = (initdb.replace("initdb", "postgres"), "-D", str(folder), f"--port={port}")
        url = f"postgresql://bench@127.0.0.1:{port}/postgres"
        # SIGQUIT: the data is deleted, so PostgreSQL need not write it out.
        with running(
            "postgres", [*command, *options], cores=cores, cwd=Path("/"), user=user,
            stop=signal.SIGQUIT,
        ) as process:  # fmt: skip
            process.wait_for(lambda: _accepts(url))
            yield url, process
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis(cores: Sequence[int]) -> Iterator[tuple[str, Process]]:
    """Start an empty Redis on `cores`, without persistence; yield its URL and process."""
    port = free_port()
    options = f"--port {port} --bind 127.0.0.1 --appendonly no --save"
    command = (_program("redis-server", "redis-server"), *options.split(), "")
    client = Redis(port=port)

    def ready() -> bool:
        try:
            return bool(client.ping())
        except RedisError:
            return False

    with running("redis", command, cores=cores) as process, client:
        process.wait_for(ready)
        yield f"redis://127.0.0.1:{port}/0", process


def _program(name: str, package: str, *folders: Path) -> str:
    """Return the path of a program. Raises `BenchError` with the command that installs it."""
    path = os.pathsep.join([*map(str, folders), os.environ["PATH"]])
    if found := shutil.which(name, path=path):
        return found
    raise BenchError(f"{name} is not installed. On Debian: apt-get install {package}")


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
