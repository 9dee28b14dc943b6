"""Replicas that start at once migrate once; a migration that is killed is run again."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.processes import wait_until
from tests.faults.production import PACKAGE, Production
from tests.faults.servers import Postgres

SLOW = '''"""Take a while."""

import sqlalchemy as sa
from alembic import op

revision = "slow_0001"
down_revision = "{head}"


def upgrade() -> None:
    op.create_table("slow", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("SELECT pg_sleep(2)")


def downgrade() -> None:
    op.drop_table("slow")
'''


@pytest.fixture
def slow(service: Production) -> Production:
    """The service with a migration that takes two seconds."""
    head = service.service.run("flask", "--app", PACKAGE, "db", "heads", **service.variables)
    versions = service.service.path / "migrations" / "versions"
    (versions / "slow_0001.py").write_text(
        SLOW.format(head=head.splitlines()[-1].split()[0]), "utf-8"
    )
    return service


def upgrade(service: Production) -> subprocess.CompletedProcess[str]:
    command = ("flask", "--app", PACKAGE, "db", "upgrade")
    return service.service.attempt(*command, **service.variables)


def test_ten_replicas_migrate_at_once(slow: Production) -> None:
    with ThreadPoolExecutor(10) as threads:
        results = list(threads.map(lambda _: upgrade(slow), range(10)))

    assert [result.returncode for result in results] == [0] * 10, results


def test_a_migration_that_is_killed_is_run_again(slow: Production, postgres: Postgres) -> None:
    process = slow.start("upgrade.log", "flask", "--app", PACKAGE, "db", "upgrade")
    with postgres.connect() as connection:
        asleep = "SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(2)'"
        try:
            wait_until(lambda: connection.execute(asleep).fetchall(), "it does not migrate")
        finally:
            process.kill()

        assert upgrade(slow).returncode == 0
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [
            ("slow_0001",)
        ]
