"""The run's own PostgreSQL and Redis, with the settings of production, and a collector."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from psycopg.pq import PGconn, Ping
from redis import Redis
from redis.exceptions import RedisError

from benchmarks.processes import Cores, Process, free_port, run, running
from benchmarks.settings import WORK, BenchError

DATABASE_PORT, REDIS_PORT, COLLECTOR_PORT = free_port(), free_port(), free_port()
DATABASE_URL = f"postgresql://bench@127.0.0.1:{DATABASE_PORT}/postgres"
REDIS_URL = f"redis://127.0.0.1:{REDIS_PORT}/0"
DURABLE = {"autovacuum": "on", "fsync": "on", "synchronous_commit": "on"}
OPTIONS = DURABLE | {
    "listen_addresses": "127.0.0.1",
    "max_connections": "800",
    "port": str(DATABASE_PORT),
    "timezone": "UTC",
    "unix_socket_directories": "",
}


@contextmanager
def postgresql(cores: Cores) -> Iterator[Process]:
    """Start an empty PostgreSQL on `cores`; yield its process."""
    user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    with tempfile.TemporaryDirectory(prefix="postgres-", dir=WORK) as folder:
        if user:
            shutil.chown(folder, user)
        initialize = (_program("initdb"), "--auth=trust", "--encoding=UTF8", "--no-locale")
        run(*initialize, "--username=bench", "--no-sync", folder, cwd=Path("/"), user=user)
        settings = [f"--{name}={value}" for name, value in OPTIONS.items()]
        command = (_program("postgres"), "-D", folder, *settings)
        with running("postgres", *command, cores=cores, cwd=Path("/"), user=user) as process:
            process.wait_for(lambda: PGconn.ping(DATABASE_URL.encode()) == Ping.OK)
            yield process


@contextmanager
def redis(cores: Cores) -> Iterator[Process]:
    """Start an empty Redis on `cores`, without persistence; yield its process."""
    options = ("--bind", "127.0.0.1", "--port", str(REDIS_PORT), "--save", "")
    with running("redis", _program("redis-server"), *options, cores=cores) as process:
        process.wait_for(Redis.from_url(REDIS_URL).ping, RedisError)
        yield process


class _Collector(BaseHTTPRequestHandler):
    """Accepts traces, and forgets them."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def collector() -> Iterator[None]:
    """Run a collector of OpenTelemetry in a thread."""
    with ThreadingHTTPServer(("127.0.0.1", COLLECTOR_PORT), _Collector) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


def _program(name: str) -> str:
    """Return the path of a program, of the newest PostgreSQL if it is not on the path."""
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    path = os.pathsep.join([*map(str, newest), os.environ["PATH"]])
    if found := shutil.which(name, path=path):
        return found
    raise BenchError(f"{name} is not installed. On Debian: apt-get install postgresql redis-server")
