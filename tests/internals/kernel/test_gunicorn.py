"""The service under gunicorn, as in production."""

import gc
import json
import signal
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.server import DEADLINE, ROOT, Server

if not (ROOT / "gunicorn.conf.py").exists():
    pytest.skip("the service has another web server", allow_module_level=True)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Yield a gunicorn with one worker, and kill it if it still runs after the test."""
    server = Server(tmp_path, APP_ENV="testing", WEB_CONCURRENCY="1", DRAIN_SECONDS="3")
    yield server
    if server.process.poll() is None:
        server.process.kill()
    server.process.communicate()


def test_a_reload_keeps_serving_and_readiness_fails_before_the_server_stops(
    server: Server,
) -> None:
    server.wait("/livez", "ok")

    server.process.send_signal(signal.SIGHUP)

    assert server.process.stderr is not None
    for line in server.process.stderr:
        if "Worker exiting" in json.loads(line)["event"]:
            break
    server.wait("/livez", "ok")

    server.process.send_signal(signal.SIGTERM)

    server.wait("/readyz", "draining")
    assert server.get("/livez")[0] == 200
    server.process.communicate(timeout=DEADLINE)
    assert server.process.returncode == 0


def test_a_worker_that_is_still_starting_stops_with_the_server(tmp_path: Path) -> None:
    text = (ROOT / "gunicorn.conf.py").read_text()
    config = tmp_path / "slow.conf.py"
    config.write_text(
        f"import time\nexec({text!r})\ndef post_fork(_server, _worker):\n    time.sleep(60)\n"
    )
    server = Server(
        tmp_path, f"--config={config}", APP_ENV="testing", WEB_CONCURRENCY="1", DRAIN_SECONDS="0"
    )
    assert server.process.stderr is not None
    for line in server.process.stderr:
        if "Booting worker" in json.loads(line)["event"]:
            break

    server.process.send_signal(signal.SIGTERM)

    server.process.communicate(timeout=DEADLINE)
    assert server.process.returncode == 0


def test_production_does_not_start_with_invalid_settings_and_lists_them(tmp_path: Path) -> None:
    server = Server(tmp_path, APP_ENV="production", SECRET_KEY="", TRUSTED_HOSTS="")

    _, log = server.process.communicate(timeout=DEADLINE)

    assert server.process.returncode == 1
    assert "SECRET_KEY is not set" in log
    assert "TRUSTED_HOSTS is not set" in log
    assert "Traceback" not in log


def test_the_wsgi_module_has_an_application(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("APP_ENV", "testing")
    gc.collect()  # the module freezes what earlier tests left, which would be finalized late

    assert import_module("sample.wsgi").app.test_client().get("/livez").status_code == 200
    assert gc.get_freeze_count() > 0
    gc.unfreeze()
