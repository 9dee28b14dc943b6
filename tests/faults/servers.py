"""PostgreSQL, Redis and RabbitMQ of the suite's own, on free ports, to be killed at will."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path

import psycopg
import pytest
from redis import Redis as Client
from redis import RedisError

from tests.faults.processes import Process, wait_until


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def require(program: str | Path) -> str:
    """Return where a server's program is; skip the test where it is not, fail it in CI."""
    if found := shutil.which(program):
        return found
    message = f"{program} is not installed: it is started and killed by this test"
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def unprivileged(folder: Path, *names: str) -> str | None:
    """Return whom a server runs as that refuses root, and give them `folder`."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    user = next(name for name in (*names, "nobody") if name in known)
    shutil.chown(folder, user)
    return user


class Server(ABC):
    """A server that keeps its data, and its port, from one start to the next."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.port = free_port()
        self.user: str | None = None
        self.variables = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": str(folder)}
        self.process: Process | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """How services find it."""

    @abstractmethod
    def command(self) -> tuple[str, ...]:
        """Return what starts it."""

    @abstractmethod
    def answers(self) -> bool:
        """Tell whether it answers."""

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = Process(
            self.command(),
            self.folder.with_suffix(".log"),
            cwd=self.folder,
            variables=self.variables,
            user=self.user,
        )
        wait_until(self.answers, f"{type(self).__name__} did not start: {self.folder}")

    def kill(self) -> None:
        """Kill it."""
        if self.process is not None:
            self.process.send_all(signal.SIGCONT)
            self.process.kill()
            self.process = None

    def freeze(self) -> None:
        """Stop all its processes where they are: it accepts, and says nothing."""
        assert self.process is not None
        self.process.send_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        assert self.process is not None
        self.process.send_all(signal.SIGCONT)


class Postgres(Server):
    """PostgreSQL; what it has acknowledged is on the disk."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda at: at.parent.name)
        self.binaries = next(iter(reversed(places)), Path())
        initdb = require(self.binaries / "initdb" if places else "initdb")
        self.user = unprivileged(folder, "postgres")
        subprocess.run(
            (
                *(initdb, "--auth=trust", "--encoding=UTF8", "--no-locale", "--username=faults"),
                *("--pgdata", str(folder / "data")),
            ),
            cwd="/",
            user=self.user,
            check=True,
            capture_output=True,
        )

    @property
    def url(self) -> str:
        return f"postgresql://faults@127.0.0.1:{self.port}/postgres"

    def command(self) -> tuple[str, ...]:
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "port": self.port,
        }
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
        settings = [f"--{name}={value}" for name, value in options.items()]
        program = require(self.binaries / "postgres")
        return (program, "-D", str(self.folder / "data"), "--max_connections=200", *settings)

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def restart(self) -> None:
        """Stop it as an operator does, without waiting for clients, and start it."""
        assert self.process is not None
        self.process.send(signal.SIGINT)
        self.process.wait()
        self.start()

    def connect(self) -> psycopg.Connection:
        """Return a connection beside the service's."""
        return psycopg.connect(self.url, application_name="tests", autocommit=True)

    def end_connections(self) -> None:
        """End all connections but those of the tests."""
        with self.connect() as connection:
            connection.execute("""
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE backend_type = 'client backend' AND application_name <> 'tests'
            """)


class Redis(Server):
    """Redis that keeps what it was given, as the broker's guide asks for."""

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> tuple[str, ...]:
        where = ("--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder))
        return (require("redis-server"), *where, "--save", "", "--appendonly", "yes")

    def answers(self) -> bool:
        try:
            with Client.from_url(self.url, socket_timeout=1) as client:
                return bool(client.ping())
        except RedisError:
            return False


class RabbitMQ(Server):
    """RabbitMQ, a node of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.variables |= {
            "RABBITMQ_NODENAME": f"faults{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RUNNING_UNDER_SYSTEMD": "1",  # the script becomes the server, and dies with the tests
        }
        (folder / "plugins").write_text("[].\n")

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def command(self) -> tuple[str, ...]:
        own = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # Debian's other one changes the user
        return (require(own if own.exists() else "rabbitmq-server"),)

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                return bool(connection.recv(1))
        except OSError:
            return False
