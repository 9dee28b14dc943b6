"""Log lines are structured, contain the request id and omit secrets."""

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, MutableMapping
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask

from sample import create_app, logs
from tests.support.server import DEADLINE

Lines = Callable[[], list[dict[str, object]]]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """A function that returns the lines logged since its last call, parsed as JSON."""
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def make_app() -> Flask:
    """Return a service that logs to the stderr of the running test."""
    app = create_app({"APP_ENV": "testing", "PROPAGATE_EXCEPTIONS": False})

    @app.get("/warn")
    def warn() -> str:
        logging.getLogger("library").warning("hm")
        return ""

    @app.get("/crash")
    def crash() -> str:
        raise ZeroDivisionError

    return app


def test_a_request_is_logged_on_one_line_with_its_id(lines: Lines) -> None:
    make_app().test_client().get("/livez?token=abc", headers={"X-Request-ID": "abc-1"})

    (line,) = lines()
    assert line["event"] == "request"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/livez", 200)
    assert line["request_id"] == "abc-1"


def test_lines_of_libraries_have_the_request_id(lines: Lines) -> None:
    make_app().test_client().get("/warn", headers={"X-Request-ID": "abc-2"})

    line, _ = lines()
    assert (line["logger"], line["request_id"]) == ("library", "abc-2")


def test_a_crash_is_logged_on_one_line(lines: Lines) -> None:
    make_app().test_client().get("/crash")

    crash, _ = lines()
    assert crash["level"] == "error"
    assert "ZeroDivisionError" in str(crash["exception"])


@pytest.mark.parametrize("name", ["password", "Authorization", "refresh_token", "SECRET_KEY"])
def test_secrets_are_redacted(lines: Lines, name: str) -> None:
    make_app()

    structlog.get_logger().warning("login", **{name: "hunter2"})

    assert lines()[0][name] == "[redacted]"


def test_a_line_break_cannot_forge_a_line(lines: Lines) -> None:
    make_app()

    logging.getLogger("library").warning("one\n%s", json.dumps({"event": "forged"}))

    assert len(lines()) == 1


@pytest.mark.parametrize("name", ["sample.requests", "library"])
@pytest.mark.parametrize("environment", ["testing", "development"])
def test_an_added_processor_reaches_every_line(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    environment: str,
) -> None:
    monkeypatch.chdir(tmp_path)

    def add_region(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
        return {**event, "region": "eu-1"}

    monkeypatch.setattr(logs, "PROCESSORS", (*logs.PROCESSORS, add_region))
    app = create_app({"APP_ENV": environment})

    @app.get("/warn")
    def warn() -> str:
        logging.getLogger("library").warning("hm")
        return ""

    app.test_client().get("/warn")

    lines = [line for line in capsys.readouterr().err.splitlines() if name in line]
    assert lines
    assert all("eu-1" in line for line in lines)


def test_development_logs_text_without_escape_codes_unless_stderr_is_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("INFO", readable=True)

    structlog.get_logger().info("own line", number=7)
    logging.getLogger("werkzeug").info("\x1b[31mWARNING\x1b[0m: * Running on %s", "http://x")

    own, library = capsys.readouterr().err.splitlines()
    assert "own line" in own
    assert "number=7" in own
    assert "WARNING: * Running on http://x" in library
    assert "\x1b" not in own + library


def test_development_logs_each_request_once(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "sample", "run", "--port=0"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "APP_ENV"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        seen = []
        for line in process.stderr:
            seen.append(line)
            if "Press CTRL+C" in line:
                break
        (address,) = re.findall(r"Running on http://(127\.0\.0\.1:\d+)", "".join(seen))
        with closing(HTTPConnection(address, timeout=DEADLINE)) as connection:
            connection.request("GET", "/livez")
            assert connection.getresponse().status == 200
    finally:
        process.terminate()
        seen += process.communicate()[1].splitlines()

    assert sum("/livez" in line for line in seen) == 1
    assert not any("\x1b" in line for line in seen)


def test_a_full_disk_does_not_fail_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    client = make_app().test_client()
    with open("/dev/full", "w", buffering=1) as full:  # noqa: PTH123
        monkeypatch.setattr(sys, "stderr", full)
        assert client.get("/livez").status_code == 200
        monkeypatch.undo()
        with suppress(OSError):
            full.close()


def test_values_without_a_json_type_are_logged(lines: Lines) -> None:
    make_app()

    structlog.get_logger("x").warning("odd", number=2**70, path="\udce9", where=Path("/x"))

    (line,) = lines()
    assert (line["number"], line["path"]) == (2**70, "\udce9")
