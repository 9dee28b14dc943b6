"""Large uploads use little memory, and those that are cut leave nothing."""

import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.commands import rest_after
from tests.faults import production
from tests.faults.clients import Record
from tests.faults.processes import DEADLINE, wait_until
from tests.faults.production import PACKAGE, Production, WebServer
from tests.faults.servers import Postgres, free_port
from tests.faults.sizes import size

PART = Path(__file__).with_name("storage_part.py")
CREATE_TABLES = f"""
from {PACKAGE} import create_app
from {PACKAGE}.database import db
with create_app().app_context():
    db.create_all()
"""
MEGABYTES = size(40, 200, 200)
MAX_GROWTH = 32  # megabytes
MEGABYTE = 1024**2


@dataclass
class Stored:
    """A service with a storage, and what the storage contains."""

    service: Production
    names: Callable[[], list[str]]  # of files, also of those that are not complete


@pytest.fixture(params=rest_after(1, ["s3", "file"]))
def stored(
    request: pytest.FixtureRequest,
    template: Path,
    tmp_path: Path,
    environment: Path,
    postgres: Postgres,
) -> Iterator[Stored]:
    """A service whose storage is a server like S3, or a folder."""
    extensions = ["database", "storage"]
    service = production.create(
        template, tmp_path, environment, PART, extensions=extensions
    ).with_variables(
        DATABASE_URL=postgres.url, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test-secret"
    )
    if request.param == "file":
        folder = tmp_path / "files"
        service = service.with_variables(STORAGE_URL=f"file:{folder}")
        service.service.run("python", "-c", CREATE_TABLES, **service.variables)
        yield Stored(service, lambda: [path.name for path in folder.glob("*")])
        return
    port = free_port()
    server = service.start("s3.log", "moto_server", "--host", "127.0.0.1", "--port", str(port))
    bucket = f"http://127.0.0.1:{port}/faults"

    def names() -> list[str]:
        pages = [httpx.get(bucket + query, timeout=DEADLINE).text for query in ("", "?uploads")]
        return re.findall("<Key>(.*?)</Key>", "".join(pages))

    def is_ready() -> bool:
        try:
            return httpx.put(bucket).is_success
        except httpx.HTTPError:
            return False

    try:
        wait_until(is_ready, f"no server like S3: {server.log}")
        url = f"s3://faults?endpoint=http://127.0.0.1:{port}"
        service = service.with_variables(STORAGE_URL=url, AWS_DEFAULT_REGION="us-east-1")
        service.service.run("python", "-c", CREATE_TABLES, **service.variables)
        yield Stored(service, names)
    finally:
        server.kill()


def upload(web: WebServer, megabytes: int) -> None:
    """Upload a file of this size, in parts of a megabyte."""
    headers = {"Content-Length": str(megabytes * MEGABYTE)}
    parts = (b"x" * MEGABYTE for _ in range(megabytes))
    response = httpx.post(f"{web.url}/files", content=parts, headers=headers, timeout=DEADLINE)
    assert response.json() == {"size": megabytes * MEGABYTE}


def peak_memory(web: WebServer) -> int:
    """Return the most memory that the worker has used, in megabytes."""
    assert web.process is not None
    [worker] = web.process.children()
    status = Path(f"/proc/{worker}/status").read_text("utf-8")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) // 1024


def test_a_large_upload_uses_little_memory(stored: Stored, record: Record) -> None:
    with stored.service.web(workers=1) as web:
        upload(web, 1)  # the first upload imports and connects
        before = peak_memory(web)
        upload(web, MEGABYTES)
        growth = peak_memory(web) - before
    record(megabytes=MEGABYTES, memory_before=before, memory_growth=growth)
    assert growth < MAX_GROWTH
    assert len(stored.names()) == 2


def test_an_upload_that_is_cut_leaves_nothing(
    stored: Stored, postgres: Postgres, record: Record
) -> None:
    total = size(10, 20, 200) * MEGABYTE
    with stored.service.web(workers=1) as web, postgres.connect() as connection:
        process = web.process
        assert process is not None

        def noticed(cuts: int) -> bool:
            return process.log.read_text("utf-8").count('"path": "/files"') == cuts

        for tenth in range(1, 10):
            cut_upload(web, total, total * tenth // 10)
            wait_until(partial(noticed, tenth), "the service did not notice the cut")
        rows = connection.execute("SELECT count(*) FROM files").fetchall()
        left = stored.names()
        record(cuts=9, objects=len(left), rows=rows[0][0])
        assert (rows, left) == ([(0,)], [])
        upload(web, 1)
    assert len(stored.names()) == 1


def cut_upload(web: WebServer, total: int, sent: int) -> None:
    """Start an upload of `total` bytes, and close the connection after `sent` bytes."""
    url = urlsplit(web.url)
    with socket.create_connection((url.hostname, url.port)) as connection:
        head = f"POST /files HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {total}\r\n\r\n"
        connection.sendall(head.encode())
        for _ in range(0, sent, MEGABYTE):
            connection.sendall(b"x" * MEGABYTE)
