"""Edge cases of request ids, security headers, trusted hosts, proxies and path prefixes."""

from pathlib import Path

import pytest
from flask import Flask, request, session

from sample import create_app, middleware
from sample.environment import Environment
from sample.settings import ConfigurationError

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def make_app(**overrides: object) -> Flask:
    """Return a service with views for these tests; `overrides` are settings."""
    app = create_app({"APP_ENV": "testing", "PROPAGATE_EXCEPTIONS": False, **overrides})

    @app.get("/crash")
    def crash() -> str:
        raise RuntimeError

    @app.get("/page")
    def page() -> tuple[str, dict[str, str]]:
        return "", {"Content-Security-Policy": "its own"}

    @app.get("/seen")
    def seen() -> str:
        return f"{request.remote_addr} {request.url}"

    @app.get("/own-header")
    def own_header() -> tuple[str, dict[str, str]]:
        return "", {"x-content-type-options": "its own"}

    return app


@pytest.mark.parametrize("path", ["/livez", "/nowhere", "/crash"])
def test_every_response_has_all_security_headers(path: str) -> None:
    headers = make_app().test_client().get(path).headers

    assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_a_view_may_set_a_security_header_in_any_case() -> None:
    headers = make_app().test_client().get("/own-header").headers

    assert headers.getlist("X-Content-Type-Options") == ["its own"]


def test_a_view_may_set_its_own_policy() -> None:
    headers = make_app().test_client().get("/page").headers

    assert headers.getlist("Content-Security-Policy") == ["its own"]


def test_strict_transport_security_is_sent_only_over_https() -> None:
    client = make_app().test_client()

    assert "Strict-Transport-Security" not in client.get("/livez").headers
    secure = client.get("/livez", base_url="https://localhost")
    assert secure.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_safe_request_id_is_kept() -> None:
    response = make_app().test_client().get("/livez", headers={"X-Request-ID": "Trace_1.2-3"})

    assert response.headers["X-Request-ID"] == "Trace_1.2-3"


@pytest.mark.parametrize("given", ["", "a b", 'x"}', "x" * 65, "é"])
def test_an_unsafe_request_id_is_replaced(given: str) -> None:
    client = make_app().test_client()

    responses = [client.get("/livez", headers={"X-Request-ID": given}) for _ in range(2)]

    first, second = (response.headers["X-Request-ID"] for response in responses)
    assert given != first != second


@pytest.mark.parametrize(
    ("host", "status"),
    [("api.example.com", 200), ("localhost", 200), ("evil.example.com", 400), ("", 400)],
)
def test_only_trusted_hosts_are_accepted(host: str, status: int) -> None:
    client = make_app(TRUSTED_HOSTS=["api.example.com"]).test_client()

    assert client.get("/seen", headers={"Host": host}).status_code == status


@pytest.mark.parametrize("environment", ["testing", "development"])
@pytest.mark.parametrize("host", ["10.42.0.17:8000", "[::1]:8000", "web:8000", "a b", ""])
def test_probes_accept_any_host_in_every_environment(
    environment: str, host: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    client = make_app(APP_ENV=environment).test_client()

    assert client.get("/livez", headers={"Host": host}).status_code == 200
    assert client.get("/readyz", headers={"Host": host}).status_code == 200
    assert client.get("/nowhere", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    ("path", "status"), [("/parcels/livez", 200), ("/livez", 200), ("/parcelsx", 404)]
)
def test_the_prefix_is_read_from_the_environment(
    path: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRIPT_NAME", "/parcels")

    response = make_app().test_client().get(path, base_url="http://localhost")

    assert response.status_code == status


@pytest.mark.parametrize("prefix", ["parcels", "/parcels/", "/par cels?x"])
def test_an_invalid_prefix_is_refused(prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIPT_NAME", prefix)

    with pytest.raises(ConfigurationError, match="SCRIPT_NAME: Use a path"):
        make_app()


def test_the_session_cookie_is_secure_in_production() -> None:
    assert middleware.settings(Environment("production"))["SESSION_COOKIE_SECURE"]
    assert not middleware.settings(Environment("development"))["SESSION_COOKIE_SECURE"]


def test_a_forged_session_cookie_is_ignored() -> None:
    app = make_app()
    app.add_url_rule("/session", view_func=lambda: dict(session))
    client = app.test_client()
    client.set_cookie("session", "eyJ2aXNpdHMiOjQxfQ.aaaaaa.bbbbbb")

    assert client.get("/session").json == {}


def test_a_response_without_a_session_sets_no_cookie() -> None:
    assert "Set-Cookie" not in make_app().test_client().get("/livez").headers


def test_forwarded_headers_are_used_only_behind_a_trusted_proxy() -> None:
    forwarded = {
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "api.example.com",
    }

    direct = make_app(TRUSTED_HOSTS=["api.example.com"]).test_client()
    behind = make_app(TRUSTED_HOSTS=["api.example.com"], TRUSTED_PROXIES=1).test_client()

    assert direct.get("/seen", headers=forwarded).text == "127.0.0.1 http://localhost/seen"
    assert behind.get("/seen", headers=forwarded).text == "203.0.113.7 https://api.example.com/seen"


def test_a_session_persists_and_its_cookie_is_http_only_and_same_site() -> None:
    app = make_app()

    @app.post("/visits")
    def visit() -> str:
        session["visits"] = session.get("visits", 0) + 1
        return str(session["visits"])

    client = app.test_client()
    first, second = client.post("/visits"), client.post("/visits")

    assert (first.text, second.text) == ("1", "2")
    assert "HttpOnly" in first.headers["Set-Cookie"]
    assert "SameSite=Lax" in first.headers["Set-Cookie"]
