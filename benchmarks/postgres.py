"""The database server: one of the benchmark's own, unless BENCH_POSTGRES_URL names another."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from benchmarks.machine import on
from benchmarks.problems import BenchError
from benchmarks.processes import free_port, running
from benchmarks.settings import LOGS, WORK

# As production has it: what is acknowledged is on the disk.
OPTIONS = {
    "autovacuum": "on",
    "fsync": "on",
    "listen_addresses": "127.0.0.1",
    "max_connections": "800",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "unix_socket_directories": "",
}
DATABASE = "flaskwright_bench"


@dataclass(frozen=True)
class Database:
    """A database that the run may fill; `pid` is None where the server is somebody else's."""

    url: str
    version: str
    pid: int | None
    settings: dict[str, str]


@contextmanager
def database(cores: tuple[int, ...]) -> Iterator[Database]:
    """Make an empty database, on the server named or on one that runs as long as the block."""
    named = os.environ.get("BENCH_POSTGRES_URL")
    if named:
        with _made_on(named, pid=None) as made:
            yield made
        return
    binaries = _binaries()
    user = _user()
    for left_behind in WORK.glob("postgres-*"):  # by a run that was killed; its server ends, too
        shutil.rmtree(left_behind, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=WORK))
    try:
        if user:
            shutil.chown(folder, user)
        initialize = (
            binaries / "initdb",
            *("--auth=trust", "--encoding=UTF8", "--no-locale", "--username=bench"),
            *("--no-sync", "--pgdata", folder / "data"),
        )
        with on(cores):
            result = subprocess.run(
                initialize, user=user, cwd="/", capture_output=True, text=True, check=False
            )
        if result.returncode:
            said = (result.stderr.strip().splitlines() or ["nothing"])[-1]
            raise BenchError(
                f"initdb in {folder} failed as user {user or 'yourself'}: {said} "
                "Or name a server in BENCH_POSTGRES_URL."
            )
        port = free_port()
        options = [f"--{name}={value}" for name, value in {**OPTIONS, "port": str(port)}.items()]
        url = f"postgresql://bench@127.0.0.1:{port}/postgres"
        command = (str(binaries / "postgres"), "-D", str(folder / "data"), *options)
        with running(
            "PostgreSQL",
            command,
            variables={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            cwd=Path("/"),
            cores=cores,
            log=LOGS / "postgres.log",
            user=user,
            stop=signal.SIGINT,  # a fast shutdown, which does not wait for clients
        ) as server:
            server.wait_for(lambda: _accepts(url))
            with _made_on(url, server.pid) as made:
                yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    """Return where initdb and postgres are."""
    on_path = shutil.which("initdb")
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
    )
    places = ([Path(on_path).resolve().parent] if on_path else []) + versions[::-1]
    for place in places:
        if all((place / name).exists() for name in ("initdb", "postgres")):
            return place
    raise BenchError(
        "There is no PostgreSQL: install its server (Debian: apt-get install postgresql), "
        "or name one in BENCH_POSTGRES_URL, such as postgresql://user:password@host/postgres."
    )


def _user() -> str | None:
    """Return whom to run it as: it refuses root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def _made_on(server: str, pid: int | None) -> Iterator[Database]:
    try:
        connection = psycopg.connect(server, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as reason:
        raise BenchError(f"BENCH_POSTGRES_URL: {str(reason).splitlines()[0]}") from reason
    with connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
        names = (*OPTIONS, "shared_buffers", "wal_sync_method")
        # Some of them only a superuser may see.
        query = "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)"
        settings: dict[str, str] = dict(connection.execute(query, [[*names]]).fetchall())
        info = connection.info
        password = f":{quote(info.password, safe='')}" if info.password else ""
        login = f"{quote(info.user, safe='')}{password}"
        url = f"postgresql://{login}@{info.host}:{info.port}/{DATABASE}"
        version = str(connection.execute("SHOW server_version").fetchall()[0][0])
        try:
            yield Database(url, version, pid, settings)
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
