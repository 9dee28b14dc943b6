"""Generates a service, runs it, and shows its features with real requests: `make demo`.

If DATABASE_URL and BROKER_URL are set, the service uses them. Otherwise it needs no server: it uses
SQLite, and stores messages in a folder.
"""

import argparse
import hmac
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from textwrap import dedent
from typing import Any, TypeVar
from uuid import uuid4

import httpx
from filelock import FileLock, Timeout

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".demo"
SERVICE = FOLDER / "service"
TOOLS = Path(sys.executable).parent
UV = TOOLS / "uv"
BIN = SERVICE / ".venv" / "bin"
INHERITED = ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "DATABASE_URL", "BROKER_URL")
TIMEOUT = 300  # seconds, for each wait; enough on a busy machine
STRIPE_SECRET = f"whsec_{uuid4().hex}"
LISTENING = re.compile(r"Listening at: (http://[0-9.:]+)")

Value = TypeVar("Value")


class DemoError(Exception):
    """The demo failed. The message is one line."""


def report(label: str, text: str) -> None:
    """Print one line about a step."""
    print(f"  {label:<10}{text}", flush=True)


def variables() -> dict[str, str]:
    """Return the service's environment variables, for development."""
    return {
        **{name: os.environ[name] for name in INHERITED if name in os.environ},
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "APP_ENV": "development",
        "WEB_BIND": "127.0.0.1:0",
        "DRAIN_SECONDS": "0",
        "STRIPE_WEBHOOK_SECRETS": STRIPE_SECRET,
    }


def run(label: str, text: str, *command: str | Path, env: Mapping[str, str]) -> None:
    """Run `command` and report its duration; raise `DemoError` if it fails."""
    started = time.monotonic()
    name = Path(command[0]).name
    try:
        result = subprocess.run(
            [str(word) for word in command],
            cwd=SERVICE if SERVICE.exists() else ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=2 * TIMEOUT,
        )
    except subprocess.TimeoutExpired as reason:
        raise DemoError(f"`{name}` did not exit within {reason.timeout:.0f} s") from reason
    if result.returncode:
        lines = result.stdout.strip().splitlines() or ["no output"]
        why = next((line for line in lines if "error" in line.lower()), lines[-1])
        raise DemoError(f"`{name}` exited with {result.returncode}: {why.strip()}")
    report(label, f"{text} ({time.monotonic() - started:.1f} s)")


@contextmanager
def running(name: str, *command: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Run a process of the service until the block ends; provide it and the file of its output."""
    log = FOLDER / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(BIN / command[0]), *command[1:]],
            cwd=SERVICE,
            env=variables(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for the demo, which stops them in order
        )
    try:
        yield process, log
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):  # stopping takes a limited time
            signal.signal(number, signal.SIG_IGN)
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(TIMEOUT)
        with suppress(ProcessLookupError):  # all of its group exited, as they should
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(
    label: str, log: Path, process: subprocess.Popen[bytes], get: Callable[[], Value | None]
) -> Value:
    """Call `get` until it returns a value, and return that.

    Raises `DemoError` after `TIMEOUT` seconds, or when the process exits.
    """
    deadline = time.monotonic() + TIMEOUT
    while (value := get()) is None:
        if process.poll() is not None:
            raise DemoError(f"{label}: the process exited with {process.returncode}; see {log}")
        if time.monotonic() > deadline:
            raise DemoError(f"{label}: no result within {TIMEOUT} s; see {log}")
        time.sleep(0.1)
    return value


def request(
    client: httpx.Client, label: str, method: str, path: str, status: int, **options: Any
) -> httpx.Response:
    """Make a request and return the response; raise `DemoError` unless it has this status."""
    try:
        response = client.request(method, path, **options)
    except httpx.HTTPError as reason:
        raise DemoError(f"{label}: {method} {path}: {reason}") from reason
    if response.status_code != status:
        body = " ".join(response.text.split())
        raise DemoError(f"{label}: {method} {path} returned {response.status_code}: {body}")
    return response


def generate(*selection: str) -> None:
    """Delete the last run's service, generate and install a new one, and migrate its database.

    `selection` has the options of `flaskwright new` that select bundles.
    """
    shutil.rmtree(SERVICE, ignore_errors=True)
    broker = "rabbitmq" if os.environ.get("BROKER_URL", "").startswith("amqp") else "redis"
    answers = ("--data", "project_name=Demo Service", "--data", f"broker={broker}")
    environment = {**os.environ, "VIRTUAL_ENV": str(BIN.parent)}

    line = f"flaskwright new .demo/service {' '.join(selection)}"
    new = ("new", str(SERVICE), *selection, "--defaults", *answers)
    run("generated", line, TOOLS / "flaskwright", *new, env=environment)
    uv = TOOLS / "uv"
    venv = (uv, "venv", "--python", sys.executable, BIN.parent)
    run("created", "a virtual environment", *venv, env=environment)
    pins = ROOT / "requirements" / "services.txt"
    install = (uv, "pip", "install", "--constraints", pins, "--editable", SERVICE)
    run("installed", "the service and its dependencies", *install, env=environment)
    run("migrated", "the database", BIN / "flask", "db", "upgrade", env=variables())


def show_health(client: httpx.Client) -> None:
    """Ask whether the service is ready."""
    ready = request(client, "health", "GET", "/readyz", 200).json()
    parts = ", ".join(f"{part} {state}" for part, state in ready["parts"].items())
    report("health", f"GET /readyz: {ready['status']} ({parts})")


def show_api(client: httpx.Client, worker: subprocess.Popen[bytes], worker_log: Path) -> None:
    """Use every feature of a service with the preset api."""
    request(client, "docs", "GET", "/docs", 200)
    paths: Mapping[str, Any] = request(client, "docs", "GET", "/openapi.json", 200).json()["paths"]
    report("docs", f"GET /docs: a page that documents the {len(paths)} paths of /openapi.json")

    account = {"email": f"demo-{uuid4().hex[:8]}@example.com", "password": uuid4().hex}
    request(client, "register", "POST", "/api/v1/auth/register", 201, json=account)
    report("register", f"POST /api/v1/auth/register: {account['email']}")
    tokens = request(client, "login", "POST", "/api/v1/auth/login", 200, json=account).json()
    report("log in", f"POST /api/v1/auth/login: a token for {tokens['expires_in']} s")

    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    item = {"title": "A first item", "description": "four words to count"}
    created = request(client, "item", "POST", "/api/v1/items", 201, json=item, headers=headers)
    location = httpx.URL(created.headers["Location"]).path
    report("item", f"POST /api/v1/items: {location}, whose words are not counted yet")

    def word_count() -> int | None:
        shown = request(client, "task", "GET", location, 200, headers=headers).json()
        count: int | None = shown["word_count"]
        return count

    words = wait_for("task", worker_log, worker, word_count)
    report("task", f"GET {location}: the worker counted {words} words")

    lines = request(client, "metrics", "GET", "/metrics", 200).text.splitlines()
    metric = 'http_requests_total{method="POST",route="/api/v1/items",status="201"}'
    if f"{metric} 1.0" not in lines:
        raise DemoError(f"metrics: GET /metrics has no line `{metric} 1.0`")
    report("metrics", f"GET /metrics: {metric} 1.0")


def submit(client: httpx.Client, label: str, page: str, path: str, **fields: str) -> str:
    """Submit a form of `page` to `path` with its token, and return the next page."""
    form = request(client, label, "GET", page, 200).text
    token = re.search('name="csrf_token" type="hidden" value="([^"]+)"', form)
    if token is None:
        raise DemoError(f"{label}: GET {page} has no form with a token")
    fields["csrf_token"] = token[1]
    response = request(client, label, "POST", path, 302, data=fields)
    return request(client, label, "GET", response.headers["Location"], 200).text


def show_web(client: httpx.Client, worker: subprocess.Popen[bytes], worker_log: Path) -> None:
    """Use every feature of a service with the preset web, as a browser without scripts does."""
    request(client, "token", "POST", "/register", 400, data={"email": "forged@example.com"})
    report("token", "POST /register without the token of its form: 400")

    email, password = f"demo-{uuid4().hex[:8]}@example.com", uuid4().hex
    account = {"email": email, "password": password}
    submit(client, "register", "/register", "/register", **account, repeated=password)
    report("register", f"POST /register: {email}")
    item = {"title": "A first item", "description": "four words to count"}
    shown = submit(client, "item", "/items/new", "/items/new", **item)
    if "A first item" not in shown:
        raise DemoError("item: GET /items does not show the item")
    report("item", "POST /items/new: an item, whose words are not counted yet")

    def counted() -> bool | None:
        return "<td>4</td>" in request(client, "task", "GET", "/items", 200).text or None

    wait_for("task", worker_log, worker, counted)
    report("task", "GET /items: the worker counted 4 words")
    request(client, "admin", "GET", "/admin/", 403)
    report("admin", "GET /admin/: 403, until somebody promotes the user")
    promote = (BIN / "flask", "users", "promote", email, "admin")
    run("promoted", f"flask users promote {email} admin", *promote, env=variables())
    export = request(client, "admin", "GET", "/admin/items/export/csv/", 200).text
    if "A first item" not in export:
        raise DemoError("admin: the export of items does not contain the item")
    report("admin", f"GET /admin/items/export/csv/: {len(export.splitlines()) - 1} item")
    report("log in", f"as {email} with the password {password}")


def add_handler() -> None:
    """Add the part of the guide of Stripe's webhooks, which handles paid invoices."""
    guide = (SERVICE / "docs" / "stripe_webhooks.md").read_text("utf-8")
    source = guide.partition("```python\n")[2].partition("```")[0]
    package = SERVICE / "src" / "demo_service"
    (package / "payments.py").write_text(dedent(source), "utf-8")
    parts = (package / "parts.py").read_text("utf-8")
    parts = parts.replace("from . import (\n", "from . import (\n    payments,\n", 1)
    before, health, after = parts.rpartition("    health,\n")
    (package / "parts.py").write_text(f"{before}    payments,\n{health}{after}", "utf-8")
    report("added", "the handler of docs/stripe_webhooks.md, as payments.py")


def show_webhooks(client: httpx.Client, worker: subprocess.Popen[bytes], worker_log: Path) -> None:
    """Send a signed event as Stripe does, twice, and show that the worker handled it once."""
    path, data = "/webhooks/stripe", {"object": {"amount_paid": 1200}}
    event = {"id": f"evt_{uuid4().hex}", "type": "invoice.paid", "data": data}
    body, now = json.dumps(event), int(time.time())
    signature = hmac.digest(STRIPE_SECRET.encode(), f"{now}.{body}".encode(), "sha256").hex()
    signed = {"content": body, "headers": {"Stripe-Signature": f"t={now},v1={signature}"}}

    request(client, "forged", "POST", path, 401, **signed | {"content": body.replace("12", "99")})
    report("forged", f"POST {path} with another amount: 401")
    response = request(client, "event", "POST", path, 202, **signed)
    milliseconds = response.elapsed.total_seconds() * 1000
    report("event", f"POST {path}: 202 after {milliseconds:.0f} ms")
    request(client, "again", "POST", path, 200, **signed)
    report("again", f"POST {path} with the same event: 200")

    def handled() -> str | None:
        command = (str(BIN / "flask"), "webhooks", "list", "--state", "handled")
        result = subprocess.run(
            command, cwd=SERVICE, env=variables(), capture_output=True, text=True, check=False
        )
        return result.stdout.strip() or None

    listed = wait_for("handled", worker_log, worker, handled)
    effects = worker_log.read_text("utf-8", "replace").count("invoice paid")
    if effects != 1:
        raise DemoError(f"handled: the handler ran {effects} times, not once; see {worker_log}")
    report("handled", f"flask webhooks list: {listed}")
    report("once", "the worker logged `invoice paid` once")


TOURS = {
    "api": (("--preset", "api", "--with", "metrics"), show_api, "/docs"),
    "web": (("--preset", "web"), show_web, "/"),
    "integrations": (("--preset", "integrations"), show_webhooks, "/readyz"),
}


def demo(preset: str, check: bool) -> None:
    """Run all steps with a preset of `TOURS`; without `check`, serve until Ctrl-C."""
    if preset not in TOURS:
        raise DemoError(f"no demo of the preset {preset}: choose one of {', '.join(TOURS)}")
    selection, show, start = TOURS[preset]
    FOLDER.mkdir(exist_ok=True)
    with ExitStack() as processes:
        try:
            processes.enter_context(FileLock(FOLDER / "lock", timeout=0))
        except Timeout as reason:
            raise DemoError("another demo is running in this checkout: stop it first") from reason
        print(f"A service made with {' '.join(selection)}:\n", flush=True)
        generate(*selection)
        if preset == "integrations":
            add_handler()
        worker, worker_log = processes.enter_context(
            running("worker", "celery", "--app", "demo_service.worker", "worker", "--concurrency=1")
        )
        web, web_log = processes.enter_context(running("web", "gunicorn"))
        listening = wait_for(
            "web", web_log, web, lambda: LISTENING.search(web_log.read_text("utf-8", "replace"))
        )
        address = listening[1]
        wait_for("worker", worker_log, worker, ping_worker)
        report("started", f"a web server at {address} and a worker")
        client = processes.enter_context(httpx.Client(base_url=address, timeout=TIMEOUT))
        show_health(client)
        show(client, worker, worker_log)
        if not check:
            print(f"\nServing at {address}{start} until Ctrl-C. Logs: .demo.", flush=True)
            web.wait()
            raise DemoError(f"the web server exited with {web.returncode}; see {web_log}")
    print("demo: ok")


def ping_worker() -> bool | None:
    """Return True if the worker replies to a ping, or else None."""
    ping = [str(BIN / "flask"), "tasks", "ping", "--timeout", "5"]
    result = subprocess.run(ping, cwd=SERVICE, env=variables(), capture_output=True)
    return True if result.returncode == 0 else None


def stop(_signal: int, _frame: object) -> None:
    """Raise `KeyboardInterrupt` like Ctrl-C, so that every process is stopped."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):  # a background job ignores SIGINT by default
        signal.signal(number, stop)
    try:
        options = argparse.ArgumentParser(description=__doc__)
        options.add_argument("preset", nargs="?", default="api")
        options.add_argument("--check", action="store_true", help="exit after all steps")
        demo(**vars(options.parse_args()))
    except KeyboardInterrupt:
        print("\ndemo: stopped")
    except DemoError as reason:
        sys.exit(f"demo: failed: {reason}")
