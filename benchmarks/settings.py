"""Every number of a run: how much is measured, in which order, and for how long."""

import random
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parent.parent
WORK = ROOT / ".bench"
MEASURED = WORK / "measured"  # the environment of what is measured
LOGS = WORK / "logs"

# What every subject is given.
THREADS = 8  # of each worker that serves with threads; the service then keeps 7 connections
ASYNC_POOL = 64  # connections: at 64 clients an event loop's pool must not be its queue
ACCESS_TOKEN_SECONDS = 3600  # longer than any run
SECRET_KEY = "a-key-of-the-benchmark-with-more-than-32-bytes"  # noqa: S105 # signs nothing but made-up logins

# What the database holds.
ITEMS = 10_000  # of one owner, so that counting and skipping them costs something
PAGE_SIZE = 20
LOGINS = 64  # of each user: as many clients as ask at once at most
REQUESTS = 2_000  # different ones of each endpoint, sent in turn

DEADLINE = 60  # seconds, for each wait
REFERENCE, TUNED = "fastapi", "fastapi-tuned"


@dataclass(frozen=True)
class Point:
    """How many workers serve how many connections, and in how many rounds."""

    workers: int
    connections: int
    rounds: int


MAIN = (1, 16)  # the workers and connections that published ratios are of


@dataclass(frozen=True)
class Settings:
    """How much one run measures; `seed` decides every random choice."""

    points: tuple[Point, ...]
    seconds: float  # of each burst
    warm_up: float  # seconds, for each server and endpoint
    cold_starts: int
    tasks: int  # of each burst of Celery's
    task_rounds: int
    growth_rows: tuple[int, ...]
    growth_routes: tuple[int, ...]
    growth_rounds: int
    seed: int = 20261121

    def randomness(self) -> random.Random:
        """Return a source of random choices that begins anew: stages do not depend on others."""
        return random.Random(self.seed)  # noqa: S311 # to be the same each time

    def altered(self, points: tuple[Point, ...], seconds: float | None) -> "Settings":
        """Return these settings with other points, and bursts that long."""
        return replace(
            self,
            points=points,
            seconds=seconds or self.seconds,
            warm_up=min(self.warm_up, seconds or self.warm_up),
        )


FULL = Settings(
    points=(
        Point(1, 16, 12),
        Point(1, 1, 4),
        Point(1, 64, 4),
        Point(2, 16, 4),
        Point(2, 1, 4),
        Point(2, 64, 4),
    ),
    seconds=1.2,
    warm_up=1.0,
    cold_starts=5,
    tasks=2_000,
    task_rounds=5,
    growth_rows=(1_000, 100_000, 1_000_000),
    growth_routes=(10, 100, 1_000),
    growth_rounds=5,
)
QUICK = Settings(
    points=(Point(1, 16, 5), Point(1, 1, 1), Point(1, 64, 1), Point(2, 16, 1)),
    seconds=0.8,
    warm_up=0.5,
    cold_starts=3,
    tasks=500,
    task_rounds=3,
    growth_rows=(1_000, 100_000),
    growth_routes=(10, 100, 1_000),
    growth_rounds=3,
)
