"""The conformance check: all subjects respond alike, and refuse alike, before they are timed."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import urllib3

from benchmarks.data import Users, claims, cookies, sign
from benchmarks.endpoints import ITEMS, PLAIN_ITEMS
from benchmarks.peers.hooks import SECURITY_HEADERS
from benchmarks.servers import DATABASE_URL
from benchmarks.settings import ACCESS_TOKEN_SECONDS, BenchError
from benchmarks.subjects import Server

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
HTML_PAGES = ("/items", "/items?page=5", "/items?sort=title", "/items?sort=-title&page=10")
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

    def __init__(self, users: Users) -> None:
        self.reader, self.writer, self.visitor = users.reader, users.writer, users.visitor
        self.expected: dict[str, Any] = {}

    def check(self, server: Server) -> None:
        """Raise `BenchError` if the subject's responses are not those of the first subject."""
        self.server = server
        try:
            assert self.request("/livez", 200).json() == {"status": "ok"}, "GET /livez"
            if server.subject.endpoints == ("health",):
                return
            self.check_hooks()
            if server.subject.endpoints == ("html",):
                self.check_html()
                return
            self.check_reads()
            self.check_tokens()
            self.check_revocation()
            if server.subject.endpoints == ("item",):
                return
            self.check_create(PLAIN_ITEMS)
            if "create-with-task" in server.subject.endpoints:
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
        response = urllib3.request(method, url, json=body, headers=headers, retries=False)
        assert response.status in statuses, (
            f"{method} {path} {body} {headers}: {response.status} {response.data.decode()[:2000]}"
        )
        return response

    def check_hooks(self) -> None:
        """Check the request id, the security headers, and the access line."""
        response = self.request("/livez", 200, **{"X-Request-ID": "given"})
        for name, value in (*SECURITY_HEADERS, ("X-Request-ID", "given")):
            assert response.headers.get(name) == value, f"{name}: {response.headers.get(name)}"
        made = self.request("/livez", 200, **{"X-Request-ID": "not safe!"}).headers["X-Request-ID"]
        assert len(made) == 32, f"X-Request-ID: {made}"
        process = self.server.process
        process.wait_for(lambda: '"given"' in process.log.read_text("utf-8"))
        lines = process.log.read_text("utf-8").splitlines()
        members = json.loads(next(line for line in lines if '"given"' in line)).keys()
        assert members >= LOGGED, f"the access line has only {members}"

    def check_reads(self) -> None:
        """Check items and pages, and that bad queries and others' items are refused."""
        keys = self.reader.items[:: len(self.reader.items) // 20]
        token = self.reader.tokens[0]
        for path in (*(f"/{key}" for key in keys), *PAGES):
            response = self.request(ITEMS + path, 200, token=token)
            # `Z` and `+00:00` are the same offset.
            found = json.loads(response.data.replace(b"+00:00", b"Z"))
            found.pop("next", None)  # the service's cursor of the next page
            expected = self.expected.setdefault(path, found)
            assert found == expected, f"GET {path}: {found} differs from {expected}"
        for path in BAD_PAGES:
            self.request(ITEMS + path, 400, 422, token=token)
        self.request(f"{ITEMS}/{keys[0]}", 404, token=self.writer.tokens[0])

    def check_html(self) -> None:
        """Check pages, which may differ in white space only, and that they require a login."""
        cookie = cookies(self.visitor.logins[0])
        for path in HTML_PAGES:
            assert self.request(path, 302).headers["Location"].startswith("/login"), path
            response = self.request(path, 200, Cookie=cookie)
            text = re.sub("/static/[0-9a-f]+/", "", response.data.decode())
            found = "".join(text.split())
            expected, size = self.expected.setdefault(path, (found, len(text)))
            assert found == expected, f"GET {path}: {text}"
            assert abs(len(text) - size) < size / 50, f"GET {path}: {len(text)} characters"

    def check_create(self, path: str) -> None:
        """Check a created row through another connection, and that bad bodies are refused."""
        token = self.writer.tokens[0]
        response = self.request(path, 201, token=token, body=BODY)
        item = response.json()
        assert item.keys() == SHOWN, f"POST {path}: {item}"
        location = response.headers["location"]
        assert location.endswith(f"{ITEMS}/{item['id']}"), f"Location: {location}"
        with psycopg.connect(DATABASE_URL) as connection:
            row = connection.execute(CREATED, [item["id"]]).fetchone()
        assert row == (self.writer.id, *BODY.values(), None, 1, True), f"the created row: {row}"
        for body in BAD_BODIES:
            self.request(path, *range(400, 500), token=token, body=body)

    def check_tokens(self) -> None:
        """Check that twelve kinds of bad token are refused."""
        path = f"{ITEMS}/{self.reader.items[0]}"
        now, login = datetime.now(UTC), self.reader.logins[0]
        fresh, good = claims(self.reader.id, login, now), self.reader.tokens[0]
        self.request(path, 401)
        self.request(path, 401, Authorization=f"Basic {good}")
        for token in (
            f"{good[:-6]}AAAAAA",
            sign(claims(self.reader.id, login, now - timedelta(days=1))),
            sign(fresh, key="another-key-with-more-than-32-bytes-in-it"),
            sign(fresh | {"aud": "others"}),
            sign(fresh | {"iss": "others"}),
            sign(fresh | {"type": "refresh"}),
            sign(fresh | {"nbf": now + timedelta(minutes=10)}),
            sign(fresh | {"exp": now + timedelta(seconds=2 * ACCESS_TOKEN_SECONDS)}),
            sign({name: fresh[name] for name in fresh if name != "sid"}),
            sign(fresh | {"sid": str(self.writer.logins[0])}),
        ):
            self.request(path, 401, token=token)

    def check_revocation(self) -> None:
        """Check that tokens of a revoked login and of an inactive user are refused."""
        path, token = f"{ITEMS}/{self.reader.items[0]}", self.reader.tokens[-1]
        values = {"login": self.reader.logins[-1], "user": self.reader.id}
        with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
            for change, undo in ((REVOKE, RESTORE), (DEACTIVATE, ACTIVATE)):
                self.request(path, 200, token=token)
                connection.execute(change, values)
                try:
                    self.request(path, 401, token=token)
                finally:
                    connection.execute(undo, values)
        self.request(path, 200, token=token)
