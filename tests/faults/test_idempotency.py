"""A request that is sent again acts once, even where the process died before it answered."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.faults import accounts, production
from tests.faults.accounts import ITEMS
from tests.faults.processes import wait_until
from tests.faults.production import PACKAGE, Production
from tests.faults.servers import Postgres


@pytest.fixture
def service(template: Path, tmp_path: Path, environment: Path, postgres: Postgres) -> Production:
    """The api preset with the bundle idempotency, whose decorator guards the creation of items."""
    made = production.make(
        template,
        tmp_path,
        environment,
        extensions=["api", "auth", "database", "example", "idempotency", "tasks"],
    ).with_variables(DATABASE_URL=postgres.url, BROKER_URL="redis://127.0.0.1:1/0")
    views = made.service.path / "src" / PACKAGE / "example" / "views.py"
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
    made.migrate()
    return made


def test_a_hundred_at_once_and_a_kill_before_the_answer_act_once(
    service: Production, postgres: Postgres
) -> None:
    with service.web(workers=2) as web:
        headers = {**accounts.bearer(web.url), "Idempotency-Key": "one"}

        def create(**more: str) -> httpx.Response:
            return httpx.post(
                web.url + ITEMS, json={"title": "once"}, headers={**headers, **more}, timeout=30
            )

        def insist(_number: int) -> httpx.Response:
            while (answer := create()).status_code in (409, 503):
                pass
            return answer

        with pytest.raises(httpx.HTTPError):
            create(**{"X-Die": "1"})
        wait_until(lambda: web.status("/livez") == 200, "gunicorn has no workers")
        with ThreadPoolExecutor(100) as threads:
            answers = list(threads.map(insist, range(100)))

        assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
        assert {answer.headers["Location"] for answer in answers} == {
            f"{ITEMS}/{answers[0].json()['id']}"
        }
    with postgres.connect() as connection:
        for count in ("SELECT count(*) FROM items", "SELECT count(*) FROM outbox"):
            assert connection.execute(count).fetchall() == [(1,)]
