"""Correctness before speed: every subject answers alike, and refuses alike, or nothing is timed."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import psycopg

from benchmarks.data import Data, User, claims
from benchmarks.endpoints import CREATE, CREATE_WITH_TASK, HEALTH, ITEM, ITEMS, LIST, PLAIN_ITEMS
from benchmarks.problems import BenchError
from benchmarks.settings import ACCESS_TOKEN_SECONDS, SECRET_KEY
from benchmarks.subjects import Server

SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
MEMBERS = (
    *("client", "event", "level", "logger", "method", "milliseconds", "path", "request_id"),
    *("status", "timestamp"),
)
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
BAD_QUERIES = ("page=0", "page=x", "page_size=0", "page_size=101")


@dataclass(frozen=True)
class Answer:
    """What a server answered; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: Any

    def __str__(self) -> str:
        return f"{self.status} {json.dumps(self.body)[:2000]}"


class Gate:
    """Asks one subject everything, and compares it with what the first subject answered."""

    def __init__(self, database_url: str, data: Data) -> None:
        self.database_url = database_url
        self.data = data
        self.answers: dict[str, Any] = {}

    def check(self, server: Server) -> None:
        """Raise `BenchError` where the subject does not do what its peers do."""
        try:
            _check_hooks(server)
            endpoints = server.subject.endpoints
            if ITEM in endpoints:
                self._check_item(server)
                self._check_tokens(server)
            if LIST in endpoints:
                self._check_list(server)
            for endpoint, path in ((CREATE, PLAIN_ITEMS), (CREATE_WITH_TASK, ITEMS)):
                if endpoint in endpoints:
                    self._check_create(server, path)
        except _DiffersError as reason:
            raise BenchError(f"{server.subject.id} is not correct: {reason}") from reason

    def _same(self, what: str, answer: Answer) -> None:
        """Compare with the first subject's answer; `Z` and `+00:00` are the same offset.

        The service's pages also have the cursor of the next one, which no peer needs to have.
        """
        found = _with_moments(answer.body)
        found.pop("next", None)
        expected = self.answers.setdefault(what, found)
        _require(found == expected, f"{what}: {answer}, where {str(expected)[:2000]} was expected")

    def _check_item(self, server: Server) -> None:
        reader = self.data.reader
        for key in reader.items[:: len(reader.items) // 20]:
            path = f"{ITEMS}/{key}"
            answer = _ask(server, "GET", path, _bearer(reader.tokens[0].text))
            _require(answer.status == ITEM.status, f"GET {path}: {answer}")
            self._same(f"GET {path}", answer)
        foreign = _ask(server, "GET", path, _bearer(self.data.writer.tokens[0].text))
        _require(foreign.status == 404, f"GET {path} by another user: {foreign}")

    def _check_list(self, server: Server) -> None:
        for query in ("", "?page=1&page_size=20", "?page=250&page_size=20", "?page=2&page_size=7"):
            path = ITEMS + query
            answer = _ask(server, "GET", path, _bearer(self.data.reader.tokens[1].text))
            _require(answer.status == LIST.status, f"GET {path}: {answer}")
            self._same(f"GET {path}", answer)
        for query in BAD_QUERIES:
            path = f"{ITEMS}?{query}"
            answer = _ask(server, "GET", path, _bearer(self.data.reader.tokens[1].text))
            _require(answer.status in (400, 422), f"GET {path}: {answer}")

    def _check_create(self, server: Server, path: str) -> None:
        writer = self.data.writer
        answer = _ask(server, "POST", path, _bearer(writer.tokens[0].text), BODY)
        _require(answer.status == CREATE.status, f"POST {path}: {answer}")
        members = {"created_at", "description", "id", "title", "updated_at", "word_count"}
        _require(answer.body.keys() == members, f"POST {path}: {answer}")
        location = answer.headers.get("location", "")
        _require(location.endswith(f"{ITEMS}/{answer.body['id']}"), f"Location: {location}")
        with psycopg.connect(self.database_url) as connection:
            query = (
                "SELECT owner_id, title, description, word_count, version, created_at"
                " FROM items WHERE id = %s"
            )
            row = connection.execute(query, [answer.body["id"]]).fetchone()
        expected = (writer.id, *BODY.values(), None, 1)
        _require(row is not None and row[:-1] == expected, f"the row created is {row}")
        age = datetime.now(UTC) - row[-1] if row else timedelta.max
        _require(abs(age) < timedelta(minutes=1), f"the row created is {age} old")
        for body in BAD_BODIES:
            answer = _ask(server, "POST", path, _bearer(writer.tokens[0].text), body)
            _require(400 <= answer.status < 500, f"POST {path} with {body}: {answer}")

    def _check_tokens(self, server: Server) -> None:
        """Refuse what is missing, broken, expired, too long, of another kind, or revoked."""
        reader = self.data.reader
        path = f"{ITEMS}/{reader.items[0]}"
        now = datetime.now(UTC)
        fresh = claims(reader.id, reader.tokens[0].login, now)
        old = claims(reader.id, reader.tokens[0].login, now - timedelta(days=1))
        good = reader.tokens[0].text
        refused = {
            "no token": {},
            "no bearer": {"Authorization": f"Basic {good}"},
            "a broken token": _bearer(f"{good[:-6]}AAAAAA"),
            "an expired token": _signed(old),
            "a token of another key": _signed(
                fresh, key="another-key-with-more-than-32-bytes-in-it"
            ),
            "another audience": _signed(fresh | {"aud": "others"}),
            "another issuer": _signed(fresh | {"iss": "others"}),
            "a refresh token": _signed(fresh | {"type": "refresh"}),
            "a later token": _signed(fresh | {"nbf": now + timedelta(minutes=10)}),
            "too long a token": _signed(
                fresh | {"exp": now + timedelta(seconds=2 * ACCESS_TOKEN_SECONDS)}
            ),
            "no login": _signed({name: fresh[name] for name in fresh if name != "sid"}),
            "another's login": _signed(fresh | {"sid": str(self.data.writer.tokens[0].login)}),
        }
        for what, headers in refused.items():
            answer = _ask(server, "GET", path, headers)
            _require(answer.status == 401, f"GET {path} with {what}: {answer}")
        self._check_revocation(server, path, reader)

    def _check_revocation(self, server: Server, path: str, reader: User) -> None:
        token = reader.tokens[-1]
        _require(_ask(server, "GET", path, _bearer(token.text)).status == 200, "a good token")
        for what, revoke, restore in (
            (
                "a revoked token",
                "UPDATE logins SET id = gen_random_uuid(), refresh_digest = 'revoked'"
                " WHERE id = %(login)s",
                "UPDATE logins SET id = %(login)s, refresh_digest = '0'"
                " WHERE refresh_digest = 'revoked'",
            ),
            (
                "an inactive user's token",
                "UPDATE users SET is_active = false WHERE id = %(user)s",
                "UPDATE users SET is_active = true WHERE id = %(user)s",
            ),
        ):
            values = {"login": token.login, "user": reader.id}
            with psycopg.connect(self.database_url, autocommit=True) as connection:
                connection.execute(revoke, values)
                try:
                    answer = _ask(server, "GET", path, _bearer(token.text))
                finally:
                    connection.execute(restore, values)
            _require(answer.status == 401, f"GET {path} with {what}: {answer}")
        _require(_ask(server, "GET", path, _bearer(token.text)).status == 200, "a good token")


class _DiffersError(Exception):
    pass


def _require(true: bool, what: str) -> None:
    if not true:
        raise _DiffersError(what)


def _check_hooks(server: Server) -> None:
    answer = _ask(server, "GET", "/livez", {"X-Request-ID": "given-by.the_gate"})
    _require(answer.status == HEALTH.status, f"GET /livez: {answer}")
    _require(answer.body == {"status": "ok"}, f"GET /livez: {answer}")
    if server.subject.kind == "floor" and server.subject.endpoints == (HEALTH,):
        return
    missing = SECURITY_HEADERS.items() - answer.headers.items()
    _require(not missing, f"headers: {missing}")
    given = answer.headers.get("x-request-id")
    _require(given == "given-by.the_gate", f"X-Request-ID: {given}")
    made = _ask(server, "GET", "/livez", {"X-Request-ID": "not safe!"}).headers["x-request-id"]
    _require(made != "not safe!" and len(made) == 32, f"X-Request-ID: {made}")
    lines: list[dict[str, Any]] = []

    def logged() -> bool:
        lines[:] = [
            json.loads(line)
            for line in server.process.log.read_text("utf-8", "replace").splitlines()
            if '"given-by.the_gate"' in line and line.endswith("}")
        ]
        return bool(lines)

    server.process.wait_for(logged)
    _require(not {*MEMBERS} - lines[-1].keys(), f"its access line is {lines[-1]}")


def _ask(
    server: Server, method: str, path: str, headers: Mapping[str, str], body: object = None
) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        payload = None if body is None else json.dumps(body)
        kind = {} if body is None else {"Content-Type": "application/json"}
        connection.request(method, path, payload, {**headers, **kind})
        response = connection.getresponse()
        text = response.read()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, json.loads(text) if text else None)
    except (OSError, http.client.HTTPException, ValueError) as reason:
        raise _DiffersError(f"{method} {path}: {reason!r}") from reason
    finally:
        connection.close()


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _signed(values: dict[str, object], key: str = SECRET_KEY) -> dict[str, str]:
    return _bearer(jwt.encode(values, key, "HS256"))


def _with_moments(body: Any) -> Any:
    """Return `body` with its moments read."""
    if isinstance(body, list):
        return [_with_moments(each) for each in body]
    if isinstance(body, dict):
        return {
            name: datetime.fromisoformat(value) if name.endswith("_at") else _with_moments(value)
            for name, value in body.items()
        }
    return body
