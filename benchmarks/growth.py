"""Large tables: what reads cost by the number of rows that a user has."""

import json
from base64 import urlsafe_b64encode
from dataclasses import replace

import psycopg

from benchmarks.data import add_user, settle
from benchmarks.endpoints import ITEMS, Endpoint, endpoint, http_request
from benchmarks.settings import PAGE_SIZE, Point, randomness
from benchmarks.subjects import Subject
from benchmarks.workloads import Bench, Measurement, progress, run_points

ADD_ROWS = """
    WITH texts AS (
        SELECT row_number() OVER () - 1 AS place, title, description
        FROM items WHERE owner_id = %(reader)s
    )
    INSERT INTO items (owner_id, title, description, created_at, updated_at, version)
    SELECT %(owner)s, title, description, moment, moment, 1
    FROM generate_series(0, %(rows)s - 1) AS number
    JOIN texts ON place = number %% (SELECT count(*) FROM texts)
    CROSS JOIN LATERAL (
        SELECT timestamptz '2026-11-01 00:00:00+00' - number * interval '1 second' AS moment
    ) AS moments
"""
SOME_KEYS = "SELECT id FROM items WHERE owner_id = %s ORDER BY random() LIMIT 1000"
ROW_AT = """
    SELECT created_at, id FROM items WHERE owner_id = %s
    ORDER BY created_at DESC, id DESC OFFSET %s LIMIT 1
"""
READS = (
    "item", "first page", "page at 90 %", "first page by cursor", "page at 90 % by cursor"
)  # fmt: skip


def measure_rows(bench: Bench, subject: Subject) -> list[Measurement]:
    """Measure reads of one user's items, on one connection, by the number of items.

    The id of each endpoint is its name in `READS` behind the number of rows and a colon.
    """
    reads: list[Endpoint] = []
    for rows in bench.settings.growth_rows:
        progress(f"adding {rows:,} rows")
        reads += _reads(bench, rows)
    reader = replace(subject, endpoints=tuple(read.id for read in reads))
    points = [Point(1, 1, bench.settings.growth_rounds)]
    return run_points(bench, [reader], reads, points)[0]


def _reads(bench: Bench, rows: int) -> list[Endpoint]:
    """Add a user with `rows` items, and return the reads of these items."""
    random_source = randomness()
    before_last_tenth = rows * 9 // 10
    with psycopg.connect(bench.database_url) as connection:
        user = add_user(connection, f"reader-of-{rows}", 0, random_source)
        values = {"owner": user.id, "rows": rows, "reader": bench.data.reader.id}
        connection.execute(ADD_ROWS, values)
        keys = [key for (key,) in connection.execute(SOME_KEYS, [user.id]).fetchall()]
        found = connection.execute(ROW_AT, [user.id, before_last_tenth]).fetchall()
    settle(bench.database_url, "items")
    [(moment, last_key)] = found
    position = [["-created_at", "-id"], [str(moment), str(last_key)]]  # the service's form
    cursor = urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")
    queries = (
        f"?page_size={PAGE_SIZE}",
        f"?page={before_last_tenth // PAGE_SIZE}&page_size={PAGE_SIZE}",
        f"?after=&page_size={PAGE_SIZE}",
        f"?after={cursor}&page_size={PAGE_SIZE}",
    )

    def read(name: str, *paths: str) -> Endpoint:
        def draw() -> str:
            path = ITEMS + random_source.choice(paths)
            return http_request("GET", path, random_source.choice(user.tokens).text)

        return endpoint(f"{rows}:{name}", 200, draw)

    paths = [[f"/{key}" for key in keys], *([query] for query in queries)]
    return [read(name, *choices) for name, choices in zip(READS, paths, strict=True)]
