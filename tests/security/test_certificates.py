"""Over TLS, a service connects only to a broker with a valid certificate for the URL's host."""

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
from tests.faults.proxy import relay
from tests.matrix.servers import Servers

SCHEMES = {"redis": "rediss", "rabbitmq": "amqps"}
CONNECT = f"""
from {PACKAGE}.tasks import broker
from {PACKAGE}.worker import celery
options = {{"connect_timeout": 60, "transport_options": broker.timeouts(60)}}
with celery.connection_for_write(**options) as connection:
    connection.ensure_connection(max_retries=0)
"""


class TlsProxy(ThreadingTCPServer):
    """Accepts TLS connections for a server without TLS."""

    daemon_threads = True

    def __init__(self, certificate: Path, port: int) -> None:
        super().__init__(("127.0.0.1", 0), Relay)
        self.port = port
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(certificate, certificate.with_suffix(".key"))


class Relay(BaseRequestHandler):
    """A connection, relayed to the server and back."""

    server: TlsProxy

    def handle(self) -> None:
        """Relay the data until one side closes the connection."""
        with (
            suppress(OSError),
            self.server.context.wrap_socket(self.request, server_side=True) as client,
            socket.create_connection(("127.0.0.1", self.server.port)) as server,
        ):
            relay(client, server)


@contextmanager
def serving(proxy: TlsProxy) -> Iterator[int]:
    """Serve until the block ends; provide the port."""
    with proxy:
        thread = threading.Thread(target=proxy.serve_forever)
        thread.start()
        try:
            yield proxy.server_address[1]
        finally:
            proxy.shutdown()
            thread.join()


@pytest.fixture
def certificate(tmp_path: Path) -> Callable[[str], Path]:
    """Create a self-signed certificate and its key in the same folder; return its path."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed: the test creates certificates with it")

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
    """The kind of broker."""
    kind: str = request.param
    return kind


@pytest.fixture
def service(template: Path, tmp_path: Path, environment: Path, broker: str) -> Production:
    """A service with tasks on the broker."""
    service = production.create(template, tmp_path, environment, broker=broker)
    return service.with_variables(DATABASE_URL=f"sqlite:///{tmp_path / 'service.db'}")


@pytest.mark.parametrize(
    ("names", "trusted", "error"),
    [
        ("IP:127.0.0.1", True, ""),
        ("IP:127.0.0.1", False, "self-signed certificate"),
        ("DNS:broker.example.com,IP:192.0.2.1", True, "IP address mismatch"),
    ],
    ids=["trusted", "not trusted", "of another host"],
)
@pytest.mark.rest
def test_only_a_trusted_certificate_for_the_host_is_accepted(
    service: Production,
    broker: str,
    certificate: Callable[[str], Path],
    names: str,
    trusted: bool,
    error: str,
) -> None:
    url = urlsplit(Servers().require(broker))
    path = certificate(names)
    with serving(TlsProxy(path, url.port or 0)) as port:
        netloc = url.netloc.replace(str(url.port), str(port))
        tls_url = url._replace(scheme=SCHEMES[broker], netloc=netloc).geturl()
        authorities = {"SSL_CERT_FILE": str(path)} if trusted else {}
        result = service.service.attempt(
            "python",
            "-c",
            CONNECT,
            **{**service.variables, "BROKER_URL": tls_url, **authorities},
        )

    assert error in result.stdout
    assert (result.returncode == 0) == (not error), result.stdout
