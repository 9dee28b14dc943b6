"""A retried request takes effect once, even if the process is killed before its response."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.faults import accounts, production
from tests.faults.accounts import ITEMS
from tests.faults.processes import DEADLINE, wait_until
from tests.faults.production import PACKAGE, Production
from tests.faults.servers import Postgres


@pytest.fixture
def service(template: Path, tmp_path: Path, environment: Path, postgres: Postgres) -> Production:
    """A service with the bundle idempotency, whose decorator is on the view that creates items."""
    service = production.create(
        template,
        tmp_path,
        environment,
        extensions=["api", "auth", "database", "example", "idempotency", "tasks"],
    ).with_variables(DATABASE_URL=postgres.url, BROKER_URL="redis://127.0.0.1:1/0")
    views = service.service.path / "src" / PACKAGE / "example" / "views.py"
    text = views.read_text("utf-8")
    changes = {
        "from ..tasks import": "from ..idempotency import idempotent\nfrom ..tasks import",
        'blueprint.post("")\n@jwt_required()\n': (
            'blueprint.post("")\n@jwt_required()\n@idempotent\n'
        ),
        "    db.session.commit()\n    return item, {": "    return item, {",  # it commits
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    views.write_text(text, "utf-8")
    service.migrate()
    return service


def test_concurrent_retries_after_a_kill_create_one_item(
    service: Production, postgres: Postgres
) -> None:
    with service.web(workers=2) as web:
        headers = {**accounts.bearer(web.url), "Idempotency-Key": "one"}

        def create(**more: str) -> httpx.Response:
            return httpx.post(
                web.url + ITEMS,
                json={"title": "once"},
                headers={**headers, **more},
                timeout=DEADLINE,
            )

        def create_with_retries(_number: int) -> httpx.Response:
            while (response := create()).status_code in (409, 503):
                pass
            return response

        with pytest.raises(httpx.HTTPError):
            create(**{"X-Kill": "1"})
        wait_until(lambda: web.status("/livez") == 200, "gunicorn has no workers")
        with ThreadPoolExecutor(100) as threads:
            responses = list(threads.map(create_with_retries, range(100)))

        first = responses[0]
        location = f"{ITEMS}/{first.json()['id']}"
        assert {(r.status_code, r.text) for r in responses} == {(201, first.text)}
        assert {r.headers["Location"] for r in responses} == {location}
    with postgres.connect() as connection:
        for query in ("SELECT count(*) FROM items", "SELECT count(*) FROM outbox"):
            assert connection.execute(query).fetchall() == [(1,)]
