"""Two beat processes send each scheduled task once, although they are killed."""

from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.faults import production
from tests.faults.clients import Record
from tests.faults.processes import Process, wait_until
from tests.faults.production import PACKAGE, Production
from tests.faults.servers import Postgres, Redis
from tests.faults.sizes import size

KILLS = size(1, 1, 6)
TICKS = 10  # between two kills
LONGEST_GAP = size(60, 15, 15)  # `make test` also runs on busy machines
# Added to part.py: a schedule, and a row for each time that a beat process sends its task.
SCHEDULE = '''

class Tick(Model):
    """When beat sent a task."""

    __tablename__ = "ticks"

    id: Mapped[int] = mapped_column(primary_key=True)
    sent_at: Mapped[datetime] = mapped_column(default=now)


@shared_task
def tick() -> None:
    """Do nothing."""


def schedules() -> dict[str, Any]:
    return {"tick": {"task": tick.name, "schedule": 1.0}}


@signals.after_task_publish.connect
def store(sender: str, **_: Any) -> None:
    if sender == tick.name:
        with db.session.session_factory.begin() as session:
            session.add(Tick())
'''
IMPORTS = """from datetime import datetime

from celery import signals

from .database.columns import now
"""


@pytest.fixture
def service(template: Path, tmp_path: Path, environment: Path, postgres: Postgres) -> Production:
    """A service with RedBeat, and a task that is due every second."""
    service = production.create(
        template,
        tmp_path,
        environment,
        broker="redis",
        extensions=["accounts", "api", "auth", "database", "redbeat_scheduler", "tasks"],
    )
    part = service.service.path / "src" / PACKAGE / "part.py"
    text = part.read_text("utf-8")
    part.write_text(text.replace("import os\n", f"import os\n{IMPORTS}", 1) + SCHEDULE, "utf-8")
    return service.with_variables(DATABASE_URL=postgres.url)


def start_beat(service: Production) -> Process:
    """Start a beat process."""
    return service.start("beat.log", "celery", "--app", f"{PACKAGE}.worker", "beat")


def test_killed_beats_send_no_task_twice(
    service: Production, postgres: Postgres, server_folder: Path, record: Record
) -> None:
    redis = Redis(server_folder / "redis")
    redis.start()
    service = service.with_variables(BROKER_URL=redis.url, REDBEAT_URL=redis.url)
    service.migrate()

    def ticks() -> list[datetime]:
        with postgres.connect() as connection:
            rows = connection.execute("SELECT sent_at FROM ticks ORDER BY id").fetchall()
        return [row[0] for row in rows]

    def wait_for_ticks(count: int) -> None:
        before = len(ticks())
        wait_until(lambda: len(ticks()) >= before + count, f"no tasks: {beats[0].log}")

    beats = [start_beat(service)]
    wait_for_ticks(1)
    beats.append(start_beat(service))
    for _ in range(KILLS):
        wait_for_ticks(TICKS)
        beats.pop(0).kill()
        wait_for_ticks(1)
        beats.append(start_beat(service))
    for process in beats:
        process.kill()
    redis.kill()

    times = ticks()
    gaps = [(after - before).total_seconds() for before, after in pairwise(times)]
    record(tasks=len(times), kills=KILLS, longest_gap=max(gaps), shortest_gap=min(gaps))
    assert min(gaps) > 0.5
    assert max(gaps) < LONGEST_GAP
