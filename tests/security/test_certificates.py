"""Over TLS, a service speaks to the broker that it was told of and to nobody else."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit

import pytest

from tests.faults import production
from tests.faults.production import PACKAGE, Production
from tests.faults.proxy import carry
from tests.matrix.servers import Servers

SCHEMES = {"redis": "rediss", "rabbitmq": "amqps"}


class Front(ThreadingTCPServer):
    """What speaks TLS in front of a server that does not."""

    daemon_threads = True

    def __init__(self, certificate: Path, port: int) -> None:
        super().__init__(("127.0.0.1", 0), Relay)
        self.port = port
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(certificate, certificate.with_suffix(".key"))


class Relay(BaseRequestHandler):
    """One connection, carried to the server and back."""

    server: Front

    def handle(self) -> None:
        """Relay it."""
        with (
            suppress(OSError),
            self.server.context.wrap_socket(self.request, server_side=True) as client,
            socket.create_connection(("127.0.0.1", self.server.port)) as server,
        ):
            carry(client, server)


@contextmanager
def serving(front: Front) -> Iterator[int]:
    """Serve until the block ends; yields the port."""
    with front:
        thread = threading.Thread(target=front.serve_forever)
        thread.start()
        try:
            yield front.server_address[1]
        finally:
            front.shutdown()
            thread.join()


@pytest.fixture
def certificate(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a certificate that vouches for itself, beside its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed: it makes the certificates")

    def make(names: str) -> Path:
        path = tmp_path / "server.pem"
        subject = ("-subj", "/CN=broker", "-addext", f"subjectAltName={names}")
        files = ("-keyout", str(path.with_suffix(".key")), "-out", str(path))
        command = (openssl, "req", "-x509", "-nodes", "-newkey", "rsa:2048", *subject, *files)
        subprocess.run(command, check=True, capture_output=True)
        return path

    return make


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest) -> str:
    """A kind of broker."""
    kind: str = request.param
    return kind


@pytest.fixture
def service(template: Path, tmp_path: Path, environment: Path, broker: str) -> Production:
    """A service with tasks on that broker."""
    made = production.make(template, tmp_path, environment, broker=broker)
    return made.with_variables(DATABASE_URL=f"sqlite:///{tmp_path / 'service.db'}")


@pytest.mark.parametrize(
    ("names", "known", "refused"),
    [
        ("IP:127.0.0.1", True, ""),
        ("IP:127.0.0.1", False, "self-signed certificate"),
        ("DNS:broker.example.com,IP:192.0.2.1", True, "IP address mismatch"),
    ],
    ids=["known", "unknown", "of another host"],
)
def test_only_a_known_certificate_of_the_broker_will_do(
    service: Production,
    broker: str,
    certificate: Callable[[str], Path],
    worker_id: str,
    names: str,
    known: bool,
    refused: str,
) -> None:
    url = urlsplit(Servers(worker_id).require(broker))
    path = certificate(names)
    with serving(Front(path, url.port or 0)) as port:
        netloc = url.netloc.replace(str(url.port), str(port))
        behind = url._replace(scheme=SCHEMES[broker], netloc=netloc).geturl()
        trusted = {"SSL_CERT_FILE": str(path)} if known else {}
        asked = service.service.attempt(
            *("flask", "--app", PACKAGE, "tasks", "dead", "list"),
            **{**service.variables, "BROKER_URL": behind, **trusted},
        )

    assert refused in asked.stdout
    assert (asked.returncode == 0) == (not refused), asked.stdout
