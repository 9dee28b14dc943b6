"""Fixtures: servers, and services that use them. All tests of a folder run in one process."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults import production
from tests.faults.clients import Record
from tests.faults.production import Production
from tests.faults.servers import Postgres, RabbitMQ, Redis
from tests.matrix.environments import build_with_every_package


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the faults one after another, because they would affect each other."""
    for item in items:
        if "tests/faults" in str(item.path):
            item.add_marker(pytest.mark.xdist_group("faults"))
    items.sort(key=lambda item: item.path.name == "test_soak.py")  # half an hour each: last


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counts that the tests recorded."""
    terminalreporter.section("recorded counts")
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            if report.user_properties:
                counts = ", ".join(f"{name} {value}" for name, value in report.user_properties)
                terminalreporter.write_line(f"{report.nodeid}: {counts}")


@pytest.fixture
def record(record_property: Callable[[str, object], None]) -> Record:
    """Record counts by name, for the report at the end of the run."""

    def record(**counts: object) -> None:
        for name, value in counts.items():
            record_property(name.replace("_", " "), value)

    return record


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with every package of the catalog."""
    folder = tmp_path_factory.mktemp("every_package")
    return build_with_every_package(folder / "environment", Path(sys.executable).resolve())


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """A folder for servers that run as another user, who may not read pytest's folders."""
    with TemporaryDirectory(prefix="faults-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def postgres(server_folder: Path) -> Iterator[Postgres]:
    """A PostgreSQL server that only this test uses."""
    server = Postgres(server_folder / "postgres")
    server.start()
    yield server
    server.kill()


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest, server_folder: Path) -> Iterator[Redis | RabbitMQ]:
    """A Redis and a RabbitMQ server that only this test uses."""
    kinds: dict[str, type[Redis | RabbitMQ]] = {"redis": Redis, "rabbitmq": RabbitMQ}
    server = kinds[request.param](server_folder / "broker")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def service(template: Path, tmp_path: Path, environment: Path, postgres: Postgres) -> Production:
    """A service with the preset api on PostgreSQL, whose broker refuses connections."""
    service = production.create(template, tmp_path, environment, broker="redis").with_variables(
        DATABASE_URL=postgres.url, BROKER_URL="redis://127.0.0.1:1/0"
    )
    service.migrate()
    return service


@pytest.fixture
def service_with_broker(
    template: Path,
    tmp_path: Path,
    environment: Path,
    postgres: Postgres,
    broker: Redis | RabbitMQ,
) -> Production:
    """A service with the preset api on PostgreSQL and the broker."""
    kind = type(broker).__name__.lower()
    service = production.create(template, tmp_path, environment, broker=kind).with_variables(
        DATABASE_URL=postgres.url, BROKER_URL=broker.url
    )
    service.migrate()
    return service


@pytest.fixture
def service_with_redis(service: Production, server_folder: Path) -> Iterator[Production]:
    """A service with the preset api on PostgreSQL and Redis."""
    server = Redis(server_folder / "redis")
    server.start()
    yield service.with_variables(BROKER_URL=server.url)
    server.kill()


@pytest.fixture
def fast_redelivery(service_with_broker: Production, broker: Redis | RabbitMQ) -> None:
    """Change the service so that lost tasks are redelivered within seconds, not ten minutes."""
    production.edit_tasks_module(service_with_broker, "outbox", {"minutes=10": "seconds=30"})
    if isinstance(broker, Redis):
        timeout = f"VISIBILITY_TIMEOUT = {production.VISIBILITY_TIMEOUT}"
        changes = {"VISIBILITY_TIMEOUT = 600": timeout}
        production.edit_tasks_module(service_with_broker, "broker", changes)
