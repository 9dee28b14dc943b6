"""The PostgreSQL, Redis and RabbitMQ servers of this machine."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests.matrix.environments import Service
from tests.matrix.rows import Row

DEFAULT_URLS = {
    "postgres": ("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"),
    "redis": ("TEST_REDIS_URL", "redis://127.0.0.1:6379/15"),
    "rabbitmq": ("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//"),
}
SCHEMES = {"postgresql": "postgres", "redis": "redis", "amqp": "rabbitmq"}
SQL = "import psycopg, sys; psycopg.connect(sys.argv[1], autocommit=True).execute(sys.argv[2])"


class Servers:
    """The URLs of the servers. Other runs use them at the same time, with other names."""

    def __init__(self) -> None:
        self.urls = {kind: os.environ.get(name, url) for kind, (name, url) in DEFAULT_URLS.items()}

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables with the URLs, for a service's tests."""
        urls = {name: self.urls[kind] for kind, (name, _) in DEFAULT_URLS.items()}
        return {**urls, "TEST_CACHE_URL": self.urls["redis"]}

    def require(self, kind: str) -> str:
        """Return the server's URL; skip the test if it refuses connections.

        With REQUIRE_SERVICES=1, as in CI, the test fails instead.
        """
        address = urlsplit(self.urls[kind])
        try:
            socket.create_connection((str(address.hostname), address.port or 0), 1).close()
        except OSError as reason:
            message = f"no {kind} at {address.hostname}:{address.port} ({reason})"
            if os.environ.get("REQUIRE_SERVICES") == "1":
                pytest.fail(message, pytrace=False)
            pytest.skip(message)
        return self.urls[kind]

    @contextmanager
    def database(self, service: Service) -> Iterator[str]:
        """Create a PostgreSQL database, and provide its URL until the block ends.

        The commands run in the environment of `service`, which has the driver.
        """
        server = self.require("postgres")
        name = f"flaskwright_{uuid4().hex}"
        service.run("python", "-c", SQL, server, f"CREATE DATABASE {name}")
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            service.run("python", "-c", SQL, server, f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def production_variables(self, row: Row, service: Service) -> Iterator[dict[str, str]]:
        """Provide the variables of production, as in compose.yaml, with this machine's servers."""
        settings = [setting for bundle in row.manifests for setting in bundle.settings]
        with ExitStack() as stack:
            variables = {
                "APP_ENV": "production",
                "SECRET_KEY": "a key of the matrix, with more than thirty-two bytes",
                "TRUSTED_HOSTS": "localhost",
            }
            for setting in settings:
                if setting.compose:
                    kind = SCHEMES.get(urlsplit(setting.compose).scheme)
                    if kind == "postgres":
                        variables[setting.name] = stack.enter_context(self.database(service))
                    else:
                        variables[setting.name] = self.require(kind) if kind else setting.compose
            yield variables
