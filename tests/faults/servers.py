"""Starts, freezes and kills servers: PostgreSQL, Redis, RabbitMQ and nginx, on free ports."""

import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from string import Template

import psycopg
import pytest
from redis import Redis as Client
from redis import RedisError

from tests.faults.processes import Process, wait_until


def free_port() -> int:
    """Return a port of 127.0.0.1 that no other process is given within the next minute.

    The system does not assign the port of a connection that was just closed. A server may use it.
    """
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0],  # the first to be closed, so that the kept port is the listener's
    ):
        port: int = listener.getsockname()[1]
        return port


def find_program(program: str | Path) -> str:
    """Return the path of a program; skip the test if it is not installed.

    With REQUIRE_SERVICES=1, as in CI, the test fails instead.
    """
    if found := shutil.which(program):
        return found
    message = f"{program} is not installed, and the test starts and kills it"
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def unprivileged_user(folder: Path, name: str) -> str | None:
    """Return a user for a server that refuses to run as root, and make it the folder's owner.

    Return None if the tests do not run as root.
    """
    if os.geteuid() != 0:
        return None
    user = name if name in {entry.pw_name for entry in pwd.getpwall()} else "nobody"
    shutil.chown(folder, user)
    return user


class Server(ABC):
    """A server; its data and its port are the same after a restart."""

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
        """The URL for services."""

    @abstractmethod
    def command(self) -> tuple[str, ...]:
        """Return the command that starts the server."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Return whether the server accepts connections and responds."""

    def start(self) -> None:
        """Start the server, and wait until it is ready."""
        self.process = Process(
            self.command(),
            self.folder.with_suffix(".log"),
            cwd=self.folder,
            variables=self.variables,
            user=self.user,
        )
        wait_until(self.is_ready, f"{type(self).__name__} did not start: {self.folder}")

    def kill(self) -> None:
        """Kill all processes of the server, even if they are frozen."""
        if self.process is not None:
            self.process.signal_group(signal.SIGCONT)
            self.process.kill()
            self.process = None

    def freeze(self) -> None:
        """Suspend all processes of the server: it accepts connections, but never responds."""
        assert self.process is not None
        self.process.signal_group(signal.SIGSTOP)

    def resume(self) -> None:
        """Resume the suspended processes."""
        assert self.process is not None
        self.process.signal_group(signal.SIGCONT)


class Postgres(Server):
    """A PostgreSQL server with synchronous commits."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        self.binaries = versions[-1] if versions else Path()
        initdb = find_program(self.binaries / "initdb" if versions else "initdb")
        self.user = unprivileged_user(folder, "postgres")
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
        program = find_program(self.binaries / "postgres")
        return (program, "-D", str(self.folder / "data"), "--max_connections=200", *settings)

    def is_ready(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def restart(self) -> None:
        """Restart the server in fast mode, which terminates its connections."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.start()

    def connect(self) -> psycopg.Connection:
        """Return a connection for the tests."""
        return psycopg.connect(self.url, application_name="tests", autocommit=True)

    def terminate_connections(self) -> None:
        """Terminate all connections except those of the tests."""
        with self.connect() as connection:
            connection.execute("""
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE backend_type = 'client backend' AND application_name <> 'tests'
            """)


class Redis(Server):
    """A Redis server with an append-only file, as the guide of `redis_broker` requires."""

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> tuple[str, ...]:
        options = ("--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder))
        return (find_program("redis-server"), *options, "--save", "", "--appendonly", "yes")

    def is_ready(self) -> bool:
        try:
            with Client.from_url(self.url, socket_timeout=1) as client:
                return bool(client.ping())
        except RedisError:
            return False


class RabbitMQ(Server):
    """A RabbitMQ server with one node."""

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
            "RUNNING_UNDER_SYSTEMD": "1",  # makes the script exec the server, which is killed then
        }
        (folder / "plugins").write_text("[].\n")

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def command(self) -> tuple[str, ...]:
        # Debian's script on PATH changes the user.
        script = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
        return (find_program(script if script.exists() else "rabbitmq-server"),)

    def is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                return bool(connection.recv(1))
        except OSError:
            return False


class Nginx(Server):
    """nginx with the configuration of a service, in front of its web server at `address`."""

    MAIN = """
        daemon off;
        pid nginx.pid;
        events {}
        http {
            access_log off;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            include service.conf;
        }
    """
    CERTIFICATE = (
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=IP:127.0.0.1"),
        *("-keyout", "privkey.pem", "-out", "fullchain.pem"),
    )

    def __init__(
        self, folder: Path, service: Path, address: str, changes: Mapping[str, str], **values: str
    ) -> None:
        super().__init__(folder)
        self.program = find_program(
            "/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else "nginx"
        )
        self.user = unprivileged_user(folder, "www-data")
        text = (service / "nginx" / "default.conf.template").read_text("utf-8")
        for old, new in {
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "listen 443 ": f"listen 127.0.0.1:{self.port} ",
            "web:8000": address,
            "/etc/nginx/tls": str(folder),
            "/var/cache/nginx": str(folder),
            **changes,
        }.items():
            assert old in text
            text = text.replace(old, new)
        values = {"MAX_CONTENT_LENGTH": "1048576", "SCRIPT_NAME": "", **values}
        (folder / "service.conf").write_text(Template(text).safe_substitute(values), "utf-8")
        (folder / "nginx.conf").write_text(self.MAIN, "utf-8")
        subprocess.run(
            self.CERTIFICATE, cwd=folder, user=self.user, check=True, capture_output=True
        )
        self.tls = ssl.create_default_context(cafile=folder / "fullchain.pem")

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def command(self) -> tuple[str, ...]:
        return (
            self.program,
            "-p",
            str(self.folder),
            "-c",
            f"{self.folder}/nginx.conf",
            "-e",
            "stderr",
        )

    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.is_running(), self.process.log.read_text("utf-8")
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True
