"""Hostile inputs: JSON documents, titles, queries, ids and content types."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Attack:
    """A request, and the statuses of a correct response."""

    name: str
    method: str
    path: str
    statuses: frozenset[int]
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


# Invalid JSON documents for any route: 400 if no parser should accept them, otherwise 422.
TEXTS: dict[str, bytes] = {
    "nothing": b"",
    "blank": b" \n",
    "invalid json": b"{",
    "truncated": b'{"title": "a',
    "two values": b"{} {}",
    "trailing comma": b'{"title": "a",}',
    "single quotes": b"{'title': 'a'}",
    "comment": b'{"title": "a"} // no',
    "invalid utf-8": b'{"title": "\xff"}',
    "utf-16": '{"title": "a"}'.encode("utf-16"),
    "utf-32": '{"title": "a"}'.encode("utf-32"),
    "byte order mark": b'\xef\xbb\xbf{"title": "a"}',
    "control character": b'{"title": "a\x01"}',
    "overlong utf-8": b'{"title": "\xc0\xaf"}',
    "surrogate in utf-8": b'{"title": "\xed\xa0\x80"}',
    "nan": b'{"title": NaN}',
    "infinity": b'{"title": Infinity}',
    "minus infinity": b'{"title": -Infinity}',
    "1e999": b'{"title": 1e999}',
    "minus 1e999": b'{"title": -1e999}',
    "5000 digits": b'{"title": ' + b"9" * 5000 + b"}",
    "minus 5000 digits": b'{"title": -' + b"9" * 5000 + b"}",
    "5000 digits after the point": b'{"title": "a", "x": 0.' + b"9" * 5000 + b"e999}",
    "2^64": b'{"title": 18446744073709551616}',
    "leading zero": b'{"title": 01}',
    "hexadecimal": b'{"title": 0x10}',
    "plus sign": b'{"title": +1}',
    "duplicate key": b'{"title": "a", "title": "b"}',
    "duplicate key, escaped": b'{"title": "a", "\\u0074itle": "b"}',
    "lone high surrogate": b'{"title": "\\ud800"}',
    "lone low surrogate": b'{"title": "\\udc00"}',
    "reversed surrogates": b'{"title": "\\udc00\\ud800"}',
    "surrogate in a name": b'{"\\ud800": 1}',
    "nul": b'{"title": "a\\u0000b"}',
    "nul in a name": b'{"\\u0000": 1}',
    "deep arrays": b'{"title": ' + b"[" * 2000 + b"]" * 2000 + b"}",
    "deep arrays, open": b"[" * 100_000,
    "deep objects": b'{"title":' * 2000 + b"1" + b"}" * 2000,
    "deep objects, open": b'{"a":' * 50_000,
    "33 levels": b"[" * 33 + b"]" * 33,
}

# Invalid titles: 422, or 400 if the service does not accept them as JSON.
VALUES: dict[str, object] = {
    "null": None,
    "true": True,
    "false": False,
    "zero": 0,
    "one and a half": 1.5,
    "2^31": 2**31,
    "2^63 - 1": 2**63 - 1,
    "-2^63": -(2**63),
    "array": ["a"],
    "empty array": [],
    "object": {"a": 1},
    "nothing": "",
    "201 characters": "a" * 201,
    "201 four-byte characters": "\U0001f600" * 201,
    "10^6 characters": "a" * 10**6,
}

# Valid titles that look dangerous: stored and returned unchanged.
HARMLESS: dict[str, str] = {
    "sql": "'; DROP TABLE items; --",
    "sql comment": "a' OR '1'='1' /*",
    "backslashes": "\\\\\\'",
    "percent signs": "%s %(title)s %%",
    "like": "%_%",
    "html": "<script>alert(1)</script>",
    "template": "{{ 7 * 7 }} ${7*7} #{7*7}",
    "format": "{0.__class__} {title}",
    "newlines": "a\r\nSet-Cookie: b=c\r\n\r\n",
    "escape sequences": "\x1b[31mred\x1b[0m",
    "right to left": "\u202eabc",
    "zero width": "a\u200bb",
    "combining": "Z\u0351\u036b\u0343",
    "not normalized": "e\u0301",
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "noncharacter": "\ufffe\uffff",
    "delete": "\x7f\x80",
    "path": "../../../../etc/passwd",
    "command": "$(reboot) `reboot` | reboot",
    "log4j": "${jndi:ldap://127.0.0.1/a}",
    "null in words": "null",
    "200 four-byte characters": "\U0001f600" * 200,
    "json": '{"$ne": null}',
}

QUERIES: dict[str, str] = {
    "page 0": "page=0",
    "page -1": "page=-1",
    "page 2^63": "page=9223372036854775808",
    "page of 3000 digits": "page=" + "9" * 3000,
    "page 1.5": "page=1.5",
    "page 1e3": "page=1e3",
    "page in letters": "page=one",
    "page in other digits": "page=%EF%BC%91%F0%9D%9F%8F",
    "page with nul": "page=1%00",
    "page size 0": "page_size=0",
    "page size 101": "page_size=101",
    "page size -1": "page_size=-1",
    "sort by an unknown field": "sort=password_hash",
    "sort by an attribute": "sort=__class__",
    "sort by sql": "sort=id;DROP TABLE items",
    "sort by two signs": "sort=--id",
    "sort by 1000 fields": "sort=" + ",".join(["id"] * 1000),
    "sort by nul": "sort=%00",
    "unknown parameter": "color=red",
    "unknown filter": "owner_id=1",
    "filter of 201 characters": "title=" + "a" * 201,
    "filter with nul": "title=%00",
    "cursor of words": "after=not-a-cursor",
    "cursor of invalid json": "after=e30x",
    "cursor of an object": "after=e30",
    "cursor of nested arrays": "after=W1tbXV1d",
    "cursor of too few values": "after=WzFd",
    "cursor of other types": "after=WyJhIiwgImIiXQ",
    "cursor of 2^63": "after=WyIyMDI2LTAxLTAxVDAwOjAwOjAwWiIsIDk5OTk5OTk5OTk5OTk5OTk5OTk5XQ",
    "cursor of a date out of range": "after=WyI5OTk5LTEyLTMxVDIzOjU5OjU5LTIzOjU5IiwgMV0",
    "cursor without an offset": "after=WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwgMV0",
    "cursor with nul": "after=%00",
    "cursor of 3000 characters": "after=" + "A" * 3000,
}

IDS: dict[str, str] = {
    "0": "0",
    "-1": "-1",
    "2^31": "2147483648",
    "2^63": "9223372036854775808",
    "3000 digits": "9" * 3000,
    "1.0": "1.0",
    "1e1": "1e1",
    "letters": "one",
    "nul": "%00",
    "number with nul": "1%00",
    "dots": "..%2f..%2fetc%2fpasswd",
    "encoded slash": "1%2f2",
    "invalid utf-8": "%ff",
    "bad escape": "%zz",
    "sql": "1%20OR%201=1",
    "other digits": "%F0%9D%9F%8F",
    "blank": "%20",
    "semicolon": "1;a=b",
}

CONTENT_TYPES = {
    "none": "",
    "text": "text/plain",
    "form": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data; boundary=x",
    "xml": "application/xml",
    "two": "application/json, text/plain",
    "invalid": ";;;",
    "similar": "application/jsonp",
}

REFUSED = frozenset({400, 422})


def nested(collection: str) -> Iterator[Attack]:
    """Yield attacks on a collection of JSON documents, with hostile content inside the document."""
    for name, text in TEXTS.items():
        body = b'{"body": {"inside": ' + text + b"}}"
        yield Attack(f"POST inside: {name}", "POST", collection, REFUSED, body, JSON)
    values: dict[str, object] = {"a text": "a", "an array": [], "null": None, "a number": 1}
    for name, value in values.items():
        body = json.dumps({"body": value}).encode()
        yield Attack(f"POST body {name}", "POST", collection, REFUSED, body, JSON)


def attacks(collection: str, member: str, field_name: str) -> Iterator[Attack]:
    """Yield every attack on a collection and one of its members, whose title is `field_name`."""
    writes = (("POST", collection), ("PATCH", member))
    for method, path in writes:
        for name, text in TEXTS.items():
            body = text.replace(b"title", field_name.encode())
            yield Attack(f"{method} {name}", method, path, REFUSED, body, JSON)
        for name, value in VALUES.items():
            body = json.dumps({field_name: value}).encode()
            yield Attack(f"{method} {name}", method, path, REFUSED, body, JSON)
        for name, kind in CONTENT_TYPES.items():
            body = json.dumps({field_name: "a"}).encode()
            headers = {"Content-Type": kind} if kind else {}
            yield Attack(f"{method} type {name}", method, path, frozenset({415}), body, headers)
        values: dict[str, object] = {
            "unknown field": {field_name: "a", "color": "red"},
            "read-only field": {field_name: "a", "id": 7},
            "private field": {field_name: "a", "__class__": "a"},
            "an array": [{field_name: "a"}],
            "a number": 7,
            "a text": "a",
            "null itself": None,
        }
        for name, value in values.items():
            body = json.dumps(value).encode()
            yield Attack(f"{method} {name}", method, path, REFUSED, body, JSON)
        large = json.dumps({field_name: "a" * 2**21}).encode()
        yield Attack(f"{method} 2 MiB", method, path, frozenset({413}), large, JSON)
    for name, query in QUERIES.items():
        yield Attack(f"GET {name}", "GET", f"{collection}?{query}", REFUSED)
    for method in ("GET", "PATCH", "DELETE"):
        for name, key in IDS.items():
            sent = json.dumps({field_name: "a"}).encode() if method == "PATCH" else None
            where, missing = f"{collection}/{key}", frozenset({404, 405})
            yield Attack(f"{method} id {name}", method, where, missing, sent, JSON if sent else {})
    for method in ("PUT", "TRACE", "PROPFIND"):
        yield Attack(f"{method} itself", method, collection, frozenset({405}))
