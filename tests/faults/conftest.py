"""Servers, services and an environment for them; all of one module run in one process."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults import production
from tests.faults.clients import Count
from tests.faults.production import Production
from tests.faults.servers import Postgres, RabbitMQ, Redis
from tests.matrix.environments import build_everything


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run them one after another: two faults at once would be a third."""
    for item in items:
        if "tests/faults" in str(item.path):
            item.add_marker(pytest.mark.xdist_group("faults"))
    items.sort(key=lambda item: item.path.name == "test_soak.py")  # half an hour each: last


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what was counted beside each fault."""
    terminalreporter.section("what was counted")
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            if report.user_properties:
                counts = ", ".join(f"{name} {value}" for name, value in report.user_properties)
                terminalreporter.write_line(f"{report.nodeid}: {counts}")


@pytest.fixture
def count(record_property: Callable[[str, object], None]) -> Count:
    """Keep what a fault came to, by name, for the report."""

    def keep(**counts: object) -> None:
        for name, value in counts.items():
            record_property(name.replace("_", " "), value)

    return keep


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that has every package."""
    folder = tmp_path_factory.mktemp("everything")
    return build_everything(folder / "environment", Path(sys.executable).resolve())


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that servers may enter which run as somebody else; pytest's are closed to them."""
    with TemporaryDirectory(prefix="faults-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def postgres(open_folder: Path) -> Iterator[Postgres]:
    """A PostgreSQL of the test's own."""
    server = Postgres(open_folder / "postgres")
    server.start()
    yield server
    server.kill()


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest, open_folder: Path) -> Iterator[Redis | RabbitMQ]:
    """A broker of the test's own, of either kind."""
    kinds: dict[str, type[Redis | RabbitMQ]] = {"redis": Redis, "rabbitmq": RabbitMQ}
    server = kinds[request.param](open_folder / "broker")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def service(template: Path, tmp_path: Path, environment: Path, postgres: Postgres) -> Production:
    """The api preset on that PostgreSQL, with a broker that is not there."""
    made = production.make(template, tmp_path, environment, broker="redis").with_variables(
        DATABASE_URL=postgres.url, BROKER_URL="redis://127.0.0.1:1/0"
    )
    made.migrate()
    return made


@pytest.fixture
def service_with_broker(
    template: Path,
    tmp_path: Path,
    environment: Path,
    postgres: Postgres,
    broker: Redis | RabbitMQ,
) -> Production:
    """The api preset on both servers."""
    kind = type(broker).__name__.lower()
    made = production.make(template, tmp_path, environment, broker=kind).with_variables(
        DATABASE_URL=postgres.url, BROKER_URL=broker.url
    )
    made.migrate()
    return made


@pytest.fixture
def service_with_redis(service: Production, open_folder: Path) -> Iterator[Production]:
    """The api preset on PostgreSQL and a Redis that nothing happens to."""
    server = Redis(open_folder / "redis")
    server.start()
    yield service.with_variables(BROKER_URL=server.url)
    server.kill()


@pytest.fixture
def soon_redelivered(service_with_broker: Production, broker: Redis | RabbitMQ) -> None:
    """Have what a worker or broker lost come again after seconds, not ten minutes."""
    production.change(service_with_broker, "outbox", {"minutes=10": "seconds=30"})
    if isinstance(broker, Redis):
        shorter = f"VISIBILITY_TIMEOUT = {production.VISIBILITY_TIMEOUT}"
        production.change(service_with_broker, "broker", {"VISIBILITY_TIMEOUT = 600": shorter})
