"""The service connects to PostgreSQL through PgBouncer in transaction mode."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask import Flask
from sqlalchemy import make_url, text

from sample import create_app
from sample.database import db
from tests.internals.support.engines import POSTGRESQL
from tests.support.fixtures.database import scratch_database
from tests.support.server import free_port
from tests.support.servers import require

from .database_models import Base, Book


@pytest.fixture
def pooled(tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, through a PgBouncer with three connections to the server."""
    server = require("TEST_POSTGRES_URL", POSTGRESQL)
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail("pgbouncer is not installed")
        pytest.skip("pgbouncer is not installed")
    port = free_port()
    with (
        scratch_database(tmp_path, server) as url,
        TemporaryDirectory(prefix="pgbouncer-") as folder,
    ):
        Path(folder).chmod(0o755)  # PgBouncer must read it, and does not run as root
        direct = make_url(url)
        target = f"host={direct.host} port={direct.port or 5432} user={direct.username}"
        password = f" password={direct.password}" if direct.password else ""
        config = Path(folder, "pgbouncer.ini")
        config.write_text(
            f"[databases]\n* = {target}{password}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
            f"listen_port = {port}\nauth_type = any\npool_mode = transaction\n"
            f"default_pool_size = 3\nunix_socket_dir =\n"
        )
        user = ["--user", "nobody"] if os.getuid() == 0 else []
        log = Path(folder, "pgbouncer.log")
        with (
            log.open("w") as output,
            subprocess.Popen([program, *user, str(config)], stderr=output) as process,
        ):
            try:
                while f"listening on 127.0.0.1:{port}" not in log.read_text():
                    assert process.poll() is None, log.read_text()
                yield direct.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
            finally:
                process.terminate()


def service(url: str) -> Flask:
    """Return a service that connects to `url` through PgBouncer."""
    return create_app(
        {
            "APP_ENV": "testing",
            "DATABASE_URL": url,
            "DATABASE_PGBOUNCER": True,
            "PROPAGATE_EXCEPTIONS": False,
        }
    )


def test_migrations_and_requests_work_through_pgbouncer(pooled: str) -> None:
    app = service(pooled)

    def buy() -> str:
        book = db.session.get_one(Book, 1, with_for_update=True)
        book.copies += 1
        db.session.commit()
        return str(db.session.scalar(text("SHOW timezone")))

    def read() -> str:
        return str(db.session.get_one(Book, 1).copies)

    app.add_url_rule("/buy", view_func=buy, methods=["POST"])
    app.add_url_rule("/read", view_func=read)
    with app.app_context():
        for command in ("upgrade", "check", "downgrade base", "upgrade"):
            result = app.test_cli_runner().invoke(args=["db", *command.split()])
            assert result.exit_code == 0, result.output
        Base.metadata.create_all(db.engine)
        db.session.add(Book(title="Bestseller", copies=0))
        db.session.commit()

    def use(_: int) -> list[tuple[int, str]]:
        client = app.test_client()
        responses = [client.post("/buy"), client.get("/read")]
        return [(response.status_code, response.text) for response in responses]

    with ThreadPoolExecutor(6) as threads:
        used = [pair for pairs in threads.map(use, range(180)) for pair in pairs]

    assert {status for status, _ in used} == {200}
    assert {text for _, text in used[::2]} == {"UTC"}
    with app.app_context():
        assert db.session.get_one(Book, 1).copies == 180
        for engine in (*db.engines.values(), app.extensions["database_probe"]):
            engine.dispose()
