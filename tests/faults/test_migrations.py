"""Concurrent upgrades migrate once, and a killed migration can be run again."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.processes import wait_until
from tests.faults.production import PACKAGE, Production
from tests.faults.servers import Postgres

SLOW_MIGRATION = '''"""Sleep for two seconds."""

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
def slow_service(service: Production) -> Production:
    """A service with a migration that takes two seconds."""
    head = service.service.run("flask", "--app", PACKAGE, "db", "heads", **service.variables)
    versions = service.service.path / "migrations" / "versions"
    (versions / "slow_0001.py").write_text(
        SLOW_MIGRATION.format(head=head.splitlines()[-1].split()[0]), "utf-8"
    )
    return service


def upgrade(service: Production) -> subprocess.CompletedProcess[str]:
    """Run `flask db upgrade`."""
    command = ("flask", "--app", PACKAGE, "db", "upgrade")
    return service.service.attempt(*command, **service.variables)


@pytest.mark.rest
def test_ten_concurrent_upgrades_succeed(slow_service: Production) -> None:
    with ThreadPoolExecutor(10) as threads:
        results = list(threads.map(lambda _: upgrade(slow_service), range(10)))

    assert [result.returncode for result in results] == [0] * 10, results


@pytest.mark.rest
def test_a_killed_migration_can_be_run_again(slow_service: Production, postgres: Postgres) -> None:
    process = slow_service.start("upgrade.log", "flask", "--app", PACKAGE, "db", "upgrade")
    with postgres.connect() as connection:
        asleep = "SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(2)'"
        try:
            wait_until(lambda: connection.execute(asleep).fetchall(), "the migration did not start")
        finally:
            process.kill()

        assert upgrade(slow_service).returncode == 0
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [
            ("slow_0001",)
        ]
