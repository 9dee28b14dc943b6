"""What every measurement stands on: the rendered service, a full database, a broker, and load."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import rendering
from benchmarks.broker import broker
from benchmarks.bursts import Load, loading
from benchmarks.data import Data, seed
from benchmarks.endpoints import ENDPOINTS, write_requests
from benchmarks.machine import CORES, Placement, move, on, place
from benchmarks.postgres import Database, database
from benchmarks.settings import ITEMS, MEASURED, Settings
from benchmarks.telling import Telling


@dataclass(frozen=True)
class Bench:
    """What every stage works with."""

    settings: Settings
    base: Database
    broker_url: str | None
    service: Path
    fast: Path  # the same with the bundle granian
    optimized: Path  # that with the example's views optimized
    data: Data
    load: Load
    telling: Telling

    def place(self, workers: int) -> Placement:
        """Move database and load off the cores that as many workers get; return who has which."""
        placement = place(workers, CORES)
        for pid in (self.base.pid, self.load.process.pid):
            if pid is not None:
                move(pid, placement.others)
        return placement


@contextmanager
def made(settings: Settings, telling: Telling) -> Iterator[Bench]:
    """Render the service, start database and load, and fill the tables."""
    others = place(1, CORES).others
    randomness = settings.randomness()
    with ExitStack() as stack:
        stack.enter_context(on(others))
        telling.now("rendering the services")
        service = rendering.render("service", "api")
        fast = rendering.render("service-granian", "api", "granian")
        for plain in (service, fast):
            rendering.add_part(plain, rendering.PLAIN_ITEMS, after="example")
        optimized = rendering.render("service-optimized", "api", "granian")
        views = optimized / "src" / rendering.PACKAGE / "example" / "views.py"
        shutil.copy(rendering.OPTIMIZED_ITEMS, views)
        telling.now("installing what is measured")
        shutil.rmtree(MEASURED, ignore_errors=True)
        rendering.install(service, fast)
        telling.now("starting PostgreSQL")
        base = stack.enter_context(database(others))
        broker_url = stack.enter_context(broker())
        telling.now("filling the database")
        variables = rendering.variables(service, base.url, broker_url)
        rendering.migrate(service, variables)
        data = seed(base.url, ITEMS, randomness)
        write_requests(ENDPOINTS, data, randomness)
        load = stack.enter_context(loading(others))
        yield Bench(settings, base, broker_url, service, fast, optimized, data, load, telling)
