"""How the service's cost grows: with rows, with parts, with routes."""

import json
import random
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import psycopg

from benchmarks import bursts, rendering, starts
from benchmarks.bench import Bench
from benchmarks.bursts import Measured
from benchmarks.data import Data, add_user, settle
from benchmarks.endpoints import HEALTH, ITEMS, Endpoint, request, write_requests
from benchmarks.settings import MAIN, PAGE_SIZE, ROOT, Settings
from benchmarks.starts import Memory, Start, memory
from benchmarks.subjects import Subject, serving
from flaskwright.catalog import reading as catalog


@dataclass(frozen=True)
class Rows:
    """A user's items: how many, some of their keys, and a cursor to the last tenth of them."""

    count: int
    keys: Sequence[int]
    cursor: str


# What is asked of them.
READS: Mapping[str, Callable[[Rows, random.Random], str]] = {
    "item": lambda rows, randomness: f"{ITEMS}/{randomness.choice(rows.keys)}",
    "first page": lambda _rows, _randomness: f"{ITEMS}?page_size={PAGE_SIZE}",
    "page at 90 %": lambda rows, _randomness: (
        f"{ITEMS}?page={rows.count * 9 // 10 // PAGE_SIZE}&page_size={PAGE_SIZE}"
    ),
    "first page by cursor": lambda _rows, _randomness: f"{ITEMS}?after=&page_size={PAGE_SIZE}",
    "page at 90 % by cursor": lambda rows, _randomness: (
        f"{ITEMS}?after={rows.cursor}&page_size={PAGE_SIZE}"
    ),
}
BARE = "bare Flask"
SERVICES = 4  # that differ in their parts
ROUTES_PART = ROOT / "benchmarks" / "service" / "many_routes.py"
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


@dataclass(frozen=True)
class Parts:
    """What a selection of bundles costs: its starts, its memory, and bursts on its health."""

    bundles: tuple[str, ...]
    starts: list[Start]
    memory: Memory
    health: list[Measured]


Bursts = dict[tuple[str, str], list[Measured]]  # by the ids of subject and endpoint


def planned(settings: Settings) -> float:
    """Return about how many seconds all of it takes."""
    bursts = len(READS) * len(settings.growth_rows) + 2 * len(settings.growth_routes) + SERVICES
    starting = starts.planned(settings, SERVICES)
    return bursts * settings.growth_rounds * settings.seconds + starting


def with_rows(bench: Bench, subject: Subject) -> dict[int, dict[str, list[Measured]]]:
    """Measure reads of one user's items, on one connection, by how many items there are."""
    endpoints = {}
    for rows in bench.settings.growth_rows:
        bench.telling.now(f"adding {rows:,} rows")
        endpoints[rows] = _reads(bench, rows)
    every = [each for reads in endpoints.values() for each in reads.values()]
    measured = _bursts(bench, [replace(subject, endpoints=tuple(every))], connections=1)
    return {
        rows: {name: measured[subject.id, each.id] for name, each in reads.items()}
        for rows, reads in endpoints.items()
    }


def _reads(bench: Bench, rows: int) -> dict[str, Endpoint]:
    """Add a user with so many items, and return what is asked of them."""
    randomness = bench.settings.randomness()
    with psycopg.connect(bench.base.url) as connection:
        user = add_user(connection, f"reader-of-{rows}", 0, randomness)
        values = {"owner": user.id, "rows": rows, "reader": bench.data.reader.id}
        connection.execute(ADD_ROWS, values)
        query = "SELECT id FROM items WHERE owner_id = %s ORDER BY random() LIMIT 1000"
        keys = [key for (key,) in connection.execute(query, [user.id]).fetchall()]
        query = """
            SELECT created_at, id FROM items WHERE owner_id = %s
            ORDER BY created_at DESC, id DESC OFFSET %s LIMIT 1
        """
        [(moment, key)] = connection.execute(query, [user.id, rows * 9 // 10]).fetchall()
    settle(bench.base.url, "items")
    position = [["-created_at", "-id"], [str(moment), str(key)]]  # as the service writes it
    cursor = urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")
    own = Rows(rows, keys, cursor)

    def endpoint(number: int, name: str) -> Endpoint:
        def draw(_data: Data, randomness: random.Random) -> str:
            return request("GET", READS[name](own, randomness), randomness.choice(user.tokens))

        return Endpoint(f"{rows}-rows-{number}", name, 200, draw)

    reads = {name: endpoint(number, name) for number, name in enumerate(READS)}
    write_requests(reads.values(), bench.data, randomness)
    return reads


def with_parts(bench: Bench, subject: Subject, bare: Subject) -> dict[str, Parts]:
    """Measure services of ever more parts, from none at all in `bare` to all that go together."""
    found = catalog.read(ROOT)
    selections = {name: tuple(found.presets[name].extensions) for name in ("minimal", "api")}
    selections["everything"] = _compatible(found)
    subjects = [replace(bare, id=BARE)]
    for name, bundles in selections.items():
        service = rendering.render(f"parts-{name}", "minimal", *bundles)
        rendering.install(service)
        variables = {
            **subject.variables,
            "PYTHONPATH": str(service / "src"),
            "CACHE_URL": "",  # in its own memory
        }
        own = replace(subject, id=name, cwd=service, variables=variables, endpoints=(HEALTH,))
        subjects.append(own)
    started = starts.cold_starts(bench, subjects)
    kept: dict[str, Memory] = {}
    measured = _bursts(bench, subjects, connections=MAIN[1], memories=kept)
    return {
        each.id: Parts(
            selections.get(each.id, ()),
            started[each.id],
            kept[each.id],
            measured[each.id, HEALTH.id],
        )
        for each in subjects
    }


def _compatible(found: catalog.Catalog) -> tuple[str, ...]:
    """Return the bundles that can stand together, each with all that it requires."""
    chosen: set[str] = set()
    for name in found.pickable:
        if name == "granian":  # these services run on gunicorn
            continue
        more = chosen | found.resolve([name])
        if not any(found.by_id[each].conflicts.keys() & more for each in more):
            chosen = more
    return tuple(sorted(chosen))


def with_routes(bench: Bench, subject: Subject) -> dict[int, dict[str, list[Measured]]]:
    """Measure the health and one more route of services that have many more routes."""
    service = rendering.render("routes", "api")
    rendering.add_part(service, ROUTES_PART, after="example")
    subjects = []
    for count in bench.settings.growth_routes:

        def draw(_data: Data, randomness: random.Random, count: int = count) -> str:
            return request("GET", f"/resources-{randomness.randrange(count)}/1")

        endpoint = Endpoint(f"route-of-{count}", f"one of {count:,} routes", 200, draw)
        write_requests([endpoint], bench.data, bench.settings.randomness())
        variables = {
            **subject.variables,
            "PYTHONPATH": str(service / "src"),
            "ROUTES": str(count),
        }
        endpoints = (HEALTH, endpoint)
        own = replace(subject, id=str(count), cwd=service, variables=variables, endpoints=endpoints)
        subjects.append(own)
    measured = _bursts(bench, subjects, connections=MAIN[1])
    return {
        int(each.id): {
            "health": measured[each.id, HEALTH.id],
            "route": measured[each.id, f"route-of-{each.id}"],
        }
        for each in subjects
    }


def _bursts(
    bench: Bench,
    subjects: Sequence[Subject],
    *,
    connections: int,
    memories: dict[str, Memory] | None = None,
) -> Bursts:
    """Return the bursts of every subject and endpoint, in rounds of random order."""
    randomness = bench.settings.randomness()
    cores = bench.place(1).server
    measured: Bursts = {}
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(subject, 1, cores)) for subject in subjects]
        endpoints = dict.fromkeys(each for subject in subjects for each in subject.endpoints)
        for server in servers:
            for endpoint in server.subject.endpoints:
                bench.load.run(server, endpoint, connections, bench.settings.warm_up, 0)
        for number in range(bench.settings.growth_rounds):
            bench.telling.now(f"growth, round {number + 1} of {bench.settings.growth_rounds}")
            for server, endpoint in bursts.order(servers, [*endpoints], randomness):
                burst = bursts.one(
                    bench.load,
                    server,
                    endpoint,
                    number=number,
                    connections=connections,
                    seconds=bench.settings.seconds,
                    start=randomness.randrange(2**31),
                )
                measured.setdefault((server.subject.id, endpoint.id), []).append(burst)
                bench.telling.done(bench.settings.seconds)
        if memories is not None:
            memories.update({server.subject.id: memory(server) for server in servers})
    return measured
