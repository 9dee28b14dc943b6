"""Untrusted URLs: no spelling, name, second answer of DNS or redirect leads into the network."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from pytest_httpserver import HTTPServer

from sample.http_client import AddressRefused, send_untrusted
from sample.http_client.addresses import is_public

from .conftest import Resolver

PRIVATE = [
    "http://127.0.0.1/",
    "http://127.0.0.1:6379/",
    "http://127.1/",
    "http://127.255.255.254/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0x7f000001/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0177.0.0.1/",
    "http://0/",
    "http://0.0.0.0/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "https://localhost/",
    "http://user:password@localhost/",
    "http://example.com@127.0.0.1/",
    "http://127.0.0.1#@example.com/",
    "http://127.0.0.1?@example.com/",
    "http://127.0.0.1\\@example.com/",
    "http://example.com:80@127.0.0.1:80/",
    "http://[::1]/",
    "http://[::]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::a00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a00:1::]/",
    "http://[2001::1]/",
    "http://[2001:db8::1]/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://[100::1]/",
    "http://10.0.0.1/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://169.254.169.254/latest/meta-data/",
    "http://168.63.129.16/machine",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.0.0.1/",
    "http://192.0.2.1/",
    "http://192.168.0.1/",
    "http://198.18.0.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://239.255.255.255/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://%31%32%37.0.0.1/",
    "http://loopback.example/",
    "http://metadata.example/",
    "https://mapped.example/",
    "http://mixed.example/",
]
NOT_HTTP = [
    "",
    "/etc/passwd",
    "//127.0.0.1/",
    "127.0.0.1",
    "file:///etc/passwd",
    "ftp://127.0.0.1/",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "dict://127.0.0.1:6379/info",
    "ldap://127.0.0.1/",
    "data:text/plain,x",
    "javascript:alert(1)",
    "unix:///run/service.sock",
    "http:///path",
    "http://",
    "http://:80/",
    "http://[::1/",
    "http://[::1]x/",
    "http://127.0.0.1:99999/",
    "http://127.0.0.1:port/",
    "http://exa mple.com/",
    "http://" + "a" * 64 + ".example/",
    "http://.example/",
    "http://*.example/",
    "http://127。0。0。1/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "http://①②⑦.⓪.⓪.①/",
]
NAMES = {
    "localhost.": ["127.0.0.1"],
    "loopback.example": ["127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "mapped.example": ["::ffff:10.0.0.1"],
    "mixed.example": ["93.184.215.14", "10.0.0.1"],
}


@pytest.fixture(autouse=True)
def names(resolver: Resolver) -> None:
    """Answer for the names of the tests. All other names of `.example` have no address."""
    resolver.answers = {name: [addresses] for name, addresses in NAMES.items()}


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("url", PRIVATE)
def test_a_private_address_is_refused(url: str, no_connections: list[object]) -> None:
    with pytest.raises(AddressRefused):
        send_untrusted("POST", url, json={})

    assert no_connections == []


@pytest.mark.usefixtures("private_context")
@pytest.mark.parametrize("url", NOT_HTTP)
def test_an_invalid_url_is_an_error_of_requests(url: str, no_connections: list[object]) -> None:
    with pytest.raises(requests.RequestException):
        send_untrusted("POST", url, json={})

    assert no_connections == []


@pytest.fixture
def no_connections(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return the list of the addresses to which a connection would have been opened."""
    opened: list[object] = []

    def create_connection(address: object, *_: object, **_options: object) -> None:
        opened.append(address)
        raise OSError("This test must not connect.")

    monkeypatch.setattr("urllib3.util.connection.create_connection", create_connection)
    return opened


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://public.example/", ("93.184.215.14", 443)),
        ("http://public.example:8080/", ("93.184.215.14", 8080)),
        ("http://8.8.8.8/", ("8.8.8.8", 80)),
        ("http://[2606:4700::1111]/", ("2606:4700::1111", 80)),
    ],
)
def test_a_public_address_is_reached(
    url: str, address: tuple[str, int], resolver: Resolver, no_connections: list[object]
) -> None:
    resolver.answers["public.example"] = [["93.184.215.14", "2606:4700::1111"]]

    with pytest.raises(requests.ConnectionError):
        send_untrusted("POST", url, json={})

    assert no_connections == [address]


@pytest.mark.usefixtures("context")
def test_a_second_answer_of_dns_has_no_effect(
    resolver: Resolver, no_connections: list[object]
) -> None:
    resolver.answers["rebind.example"] = [["93.184.215.14"], ["127.0.0.1"]]

    with pytest.raises(requests.ConnectionError):
        send_untrusted("POST", "http://rebind.example/", json={})
    assert (no_connections, resolver.asked) == ([("93.184.215.14", 80)], ["rebind.example"])

    with pytest.raises(AddressRefused):
        send_untrusted("POST", "http://rebind.example/", json={})
    assert len(no_connections) == 1


@pytest.mark.usefixtures("private_context")
def test_the_server_sees_the_name(resolver: Resolver, httpserver: HTTPServer) -> None:
    resolver.answers["shop.example"] = [["127.0.0.1"]]
    httpserver.expect_request("/hook").respond_with_data("ok")

    send_untrusted("POST", f"http://user:key@shop.example:{httpserver.port}/hook")

    assert httpserver.log[0][0].host == f"shop.example:{httpserver.port}"


@pytest.mark.usefixtures("private_context")
def test_proxies_of_the_environment_are_ignored(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/").respond_with_data("direct")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")

    assert send_untrusted("GET", httpserver.url_for("/")).text == "direct"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a certificate for shop.example and its key."""
    if not (openssl := shutil.which("openssl")):
        pytest.skip("openssl is not installed: the test creates a certificate with it")
    path = tmp_path_factory.mktemp("tls") / "shop.pem"
    name = ("-subj", "/CN=shop.example", "-addext", "subjectAltName=DNS:shop.example")
    command = (openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", *name, "-keyout", path)
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    path.write_text(path.read_text() + made.stdout)
    return path


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[HTTPServer]:
    """Yield a server with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with HTTPServer(ssl_context=context) as server:
        server.expect_request("/").respond_with_data("private")
        yield server


@pytest.mark.usefixtures("private_context")
@pytest.mark.parametrize(("name", "is_valid"), [("shop.example", True), ("other.example", False)])
def test_tls_verifies_the_name_of_the_url(
    name: str, is_valid: bool, resolver: Resolver, tls_server: HTTPServer, certificate: Path
) -> None:
    resolver.answers[name] = [["127.0.0.1"]]
    url = f"https://{name}:{tls_server.port}/"

    if is_valid:
        assert send_untrusted("GET", url, verify=str(certificate)).text == "private"
    else:
        with pytest.raises(requests.exceptions.SSLError, match="match"):
            send_untrusted("GET", url, verify=str(certificate))


@pytest.mark.usefixtures("private_context")
def test_tls_verifies_the_certificate(resolver: Resolver, tls_server: HTTPServer) -> None:
    resolver.answers["shop.example"] = [["127.0.0.1"]]

    with pytest.raises(requests.exceptions.SSLError, match="certificate"):
        send_untrusted("GET", f"https://shop.example:{tls_server.port}/")


@pytest.mark.parametrize("address", ["8.8.8.8", "::ffff:8.8.8.8", "2002:808:808::1", "2606:4700::"])
def test_these_addresses_are_public(address: str) -> None:
    assert is_public(address)
