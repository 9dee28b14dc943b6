"""The settings of a run: what is measured, how often, and for how long."""

import random
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parent.parent
WORK = ROOT / ".bench"
MEASURED = WORK / "measured"  # the environment of all subjects

# The same for all subjects.
THREADS = 8  # of each worker that serves with threads; the service then keeps 7 connections
ASYNC_POOL = 64  # connections, so that 64 clients do not wait for an event loop's pool
ACCESS_TOKEN_SECONDS = 3600  # longer than any run
SECRET_KEY = "a-key-of-the-benchmark-with-more-than-32-bytes"  # noqa: S105 # signs made-up logins only
ORIGIN = "https://app.example.com"  # of the page whose script reads items

# The database's contents.
ITEMS = 10_000  # of one user, so that counting and skipping them costs something
PAGE_SIZE = 20
VISITED_ITEMS = 200  # of the user of the pages, so that PostgreSQL is not their limit
LOGINS = 64  # of each user: one for each of up to 64 connections
REQUESTS = 2_000  # different requests of each endpoint, sent in turn

SEED = 20261121  # of every random choice
REFERENCE = "fastapi"  # the subject that the published ratios are relative to
MAIN = (1, 16)  # the workers and connections of the published ratios


class BenchError(Exception):
    """The run cannot continue; the message says why, and what to change."""


@dataclass(frozen=True)
class Point:
    """A number of workers and of connections, and the rounds in which they are measured."""

    workers: int
    connections: int
    rounds: int


@dataclass(frozen=True)
class Settings:
    """The size of one run. `seconds` is the length of a burst, `warm_up` of the first ones."""

    points: tuple[Point, ...] = (
        *(Point(1, 16, 12), Point(1, 1, 4), Point(1, 64, 4)),
        *(Point(2, 16, 4), Point(2, 1, 4), Point(2, 64, 4)),
    )
    seconds: float = 1.2
    warm_up: float = 1.0
    cold_starts: int = 5
    tasks: int = 2_000  # in each queue
    task_rounds: int = 5
    growth_rows: tuple[int, ...] = (1_000, 100_000, 1_000_000)
    growth_rounds: int = 5


FULL = Settings()
QUICK = Settings(
    points=(Point(1, 16, 5), Point(1, 1, 1), Point(1, 64, 1), Point(2, 16, 1)),
    seconds=0.8,
    warm_up=0.5,
    cold_starts=3,
    tasks=500,
    task_rounds=3,
    growth_rows=(1_000, 100_000),
    growth_rounds=3,
)
CHECK = replace(QUICK, points=(Point(1, 16, 1),), seconds=0.1, warm_up=0.1)


def randomness() -> random.Random:
    """Return a source of random choices that always starts from `SEED`."""
    return random.Random(SEED)  # noqa: S311 # reproducible, not secret
