"""The conformance check: all subjects respond alike, and refuse alike, before they are timed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import urllib3

from benchmarks.data import Data, claims, sign
from benchmarks.endpoints import HEALTH, ITEMS, PLAIN_ITEMS, WITH_TASK
from benchmarks.settings import ACCESS_TOKEN_SECONDS, BenchError
from benchmarks.subjects import Server

SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
LOGGED = {"client", "event", "level", "logger", "method", "milliseconds", "path", "request_id"}
LOGGED |= {"status", "timestamp"}
SHOWN = {"created_at", "description", "id", "title", "updated_at", "word_count"}
BODY = {"title": "A title", "description": "A few words."}
BAD_BODIES: tuple[dict[str, Any], ...] = (
    {},
    {"title": ""},
    {"title": "x" * 201},
    {"title": 1},
    {"title": "x", "description": "x" * 10_001},
    {"title": "x", "unknown": 1},
    {"title": "a\0b"},
)
PAGES = ("", "?page=1&page_size=20", "?page=250&page_size=20", "?page=2&page_size=7")
BAD_PAGES = ("?page=0", "?page=x", "?page_size=0", "?page_size=101")
CREATED = """
    SELECT owner_id, title, description, word_count, version,
        abs(extract(epoch FROM now() - created_at)) < 60
    FROM items WHERE id = %s
"""
REVOKE = "UPDATE logins SET id = gen_random_uuid(), refresh_digest = 'moved' WHERE id = %(login)s"
RESTORE = "UPDATE logins SET id = %(login)s, refresh_digest = '0' WHERE refresh_digest = 'moved'"
DEACTIVATE = "UPDATE users SET is_active = false WHERE id = %(user)s"
ACTIVATE = "UPDATE users SET is_active = true WHERE id = %(user)s"


class Conformance:
    """Checks subjects, and compares their responses with those of the first subject."""

    def __init__(self, database_url: str, data: Data) -> None:
        self.database_url = database_url
        self.data = data
        self.expected: dict[str, Any] = {}

    def check(self, server: Server) -> None:
        """Raise `BenchError` if the subject's responses are not those of the first subject."""
        self.server = server
        try:
            found = self.request("/livez", 200).json()
            assert found == {"status": "ok"}, f"GET /livez: {found}"
            if server.subject.endpoints == (HEALTH,):
                return
            self.check_hooks()
            self.check_reads()
            self.check_tokens()
            self.check_revocation()
            self.check_create(PLAIN_ITEMS)
            if WITH_TASK in server.subject.endpoints:
                self.check_create(ITEMS)
        except AssertionError as reason:
            raise BenchError(f"{server.subject.id} does not conform: {reason}") from reason

    def request(
        self, path: str, *statuses: int, token: str = "", body: object = None, **headers: str
    ) -> urllib3.BaseHTTPResponse:
        """Send a request; return the response. It must have one of `statuses`."""
        if token:
            headers["Authorization"] = f"Bearer {token}"
        method = "GET" if body is None else "POST"
        url = f"http://127.0.0.1:{self.server.port}{path}"
        response = urllib3.request(
            method, url, json=body, headers=headers, retries=False, timeout=30
        )
        text = f"{method} {path} {headers}: {response.status} {response.data.decode()[:2000]}"
        assert response.status in statuses, text
        return response

    def same(self, path: str, token: str) -> None:
        """Compare a response with the first subject's; `Z` and `+00:00` are the same offset.

        The service's pages also have the cursor of the next page, which no peer needs to have.
        """
        found = json.loads(self.request(path, 200, token=token).data, object_hook=_parsed)
        found.pop("next", None)
        expected = self.expected.setdefault(path, found)
        assert found == expected, f"GET {path}: {found} differs from {expected}"

    def check_hooks(self) -> None:
        """Check the request id, the security headers, and the access line."""
        headers = {"X-Request-ID": "given-by.the_benchmark"}
        response = self.request("/livez", 200, **headers)
        found = {name.lower(): value for name, value in response.headers.items()}
        missing = SECURITY_HEADERS.items() - found.items()
        assert not missing, f"missing headers: {missing}"
        assert found.get("x-request-id") == "given-by.the_benchmark", found
        made = self.request("/livez", 200, **{"X-Request-ID": "not safe!"}).headers["x-request-id"]
        assert len(made) == 32, f"X-Request-ID: {made}"
        log = self.server.process.log
        self.server.process.wait_for(lambda: '"given-by.the_benchmark"' in log.read_text("utf-8"))
        [line] = [line for line in log.read_text("utf-8").splitlines() if "given-by.the" in line]
        assert json.loads(line).keys() >= LOGGED, f"access line: {line}"

    def check_reads(self) -> None:
        """Check items and pages, and that bad queries and others' items are refused."""
        reader = self.data.reader
        token = reader.tokens[0].text
        for key in reader.items[:: len(reader.items) // 20]:
            self.same(f"{ITEMS}/{key}", token)
        for page in PAGES:
            self.same(f"{ITEMS}{page}", token)
        for page in BAD_PAGES:
            self.request(f"{ITEMS}{page}", 400, 422, token=token)
        others = self.data.writer.tokens[0].text
        self.request(f"{ITEMS}/{reader.items[0]}", 404, token=others)

    def check_create(self, path: str) -> None:
        """Check a created row through another connection, and that bad bodies are refused."""
        writer = self.data.writer
        token = writer.tokens[0].text
        response = self.request(path, 201, token=token, body=BODY)
        item = response.json()
        assert item.keys() == SHOWN, f"POST {path}: {item}"
        location = response.headers["location"]
        assert location.endswith(f"{ITEMS}/{item['id']}"), f"Location: {location}"
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute(CREATED, [item["id"]]).fetchone()
        assert row == (writer.id, *BODY.values(), None, 1, True), f"the created row: {row}"
        for body in BAD_BODIES:
            self.request(path, *range(400, 500), token=token, body=body)

    def check_tokens(self) -> None:
        """Check that twelve kinds of bad token are refused."""
        reader = self.data.reader
        path = f"{ITEMS}/{reader.items[0]}"
        now = datetime.now(UTC)
        fresh = claims(reader.id, reader.tokens[0].login, now)
        too_late = now + timedelta(seconds=2 * ACCESS_TOKEN_SECONDS)
        good = reader.tokens[0].text
        self.request(path, 401)
        self.request(path, 401, Authorization=f"Basic {good}")
        for token in (
            f"{good[:-6]}AAAAAA",
            sign(claims(reader.id, reader.tokens[0].login, now - timedelta(days=1))),
            sign(fresh, key="another-key-with-more-than-32-bytes-in-it"),
            sign(fresh | {"aud": "others"}),
            sign(fresh | {"iss": "others"}),
            sign(fresh | {"type": "refresh"}),
            sign(fresh | {"nbf": now + timedelta(minutes=10)}),
            sign(fresh | {"exp": too_late}),
            sign({name: fresh[name] for name in fresh if name != "sid"}),
            sign(fresh | {"sid": str(self.data.writer.tokens[0].login)}),
        ):
            self.request(path, 401, token=token)

    def check_revocation(self) -> None:
        """Check that tokens of a revoked login and of an inactive user are refused."""
        reader = self.data.reader
        path, token = f"{ITEMS}/{reader.items[0]}", reader.tokens[-1]
        values = {"login": token.login, "user": reader.id}
        for change, undo in ((REVOKE, RESTORE), (DEACTIVATE, ACTIVATE)):
            self.request(path, 200, token=token.text)
            with self.changed(change, undo, values):
                self.request(path, 401, token=token.text)
        self.request(path, 200, token=token.text)

    @contextmanager
    def changed(self, change: str, undo: str, values: dict[str, Any]) -> Iterator[None]:
        """Change the database during the block."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(change, values)
            try:
                yield
            finally:
                connection.execute(undo, values)


def _parsed(members: dict[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if name.endswith("_at") else value
        for name, value in members.items()
    }
