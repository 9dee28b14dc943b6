"""Make a service, run it, and show by real requests what it does: `make demo`.

DATABASE_URL and BROKER_URL are used where they are set; otherwise the service runs on SQLite
and a folder of messages, and needs no server.
"""

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
PASSED_ON = ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "DATABASE_URL", "BROKER_URL")
DEADLINE = 60  # seconds, for each wait
LISTENING = re.compile(r"Listening at: (http://[0-9.:]+)")

Found = TypeVar("Found")


class DemoError(Exception):
    """The demo cannot go on; the message is one line."""


def tell(label: str, text: str) -> None:
    """Print one line of the story."""
    print(f"  {label:<10}{text}", flush=True)


def variables() -> dict[str, str]:
    """Return what the service sees of this machine; it runs as in development."""
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {
        **passed_on,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "APP_ENV": "development",
        "WEB_BIND": "127.0.0.1:0",
        "DRAIN_SECONDS": "0",
    }


def run(label: str, text: str, *command: str | Path, env: Mapping[str, str]) -> None:
    """Run `command` to its end and tell how long it took."""
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
            timeout=10 * DEADLINE,
        )
    except subprocess.TimeoutExpired as reason:
        raise DemoError(f"`{name}` did not end within {reason.timeout:.0f} s") from reason
    if result.returncode:
        said = result.stdout.strip().splitlines() or ["it said nothing"]
        why = next((line for line in said if "error" in line.lower()), said[-1])
        raise DemoError(f"`{name}` exited {result.returncode}: {why.strip()}")
    tell(label, f"{text} ({time.monotonic() - started:.1f} s)")


@contextmanager
def running(name: str, *command: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Run a process of the service until the block ends, its output in a file beside it."""
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
        for number in (signal.SIGINT, signal.SIGTERM):  # stopping is under way, and bounded
            signal.signal(number, signal.SIG_IGN)
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(DEADLINE)
        with suppress(ProcessLookupError):  # nobody is left, as it should be
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(
    what: str, log: Path, process: subprocess.Popen[bytes], look: Callable[[], Found | None]
) -> Found:
    """Return what `look` finds; fail where it finds nothing in time, or the process is gone."""
    deadline = time.monotonic() + DEADLINE
    while (found := look()) is None:
        if process.poll() is not None:
            raise DemoError(f"{what}: the process exited {process.returncode}; see {log}")
        if time.monotonic() > deadline:
            raise DemoError(f"{what}: not within {DEADLINE} s; see {log}")
        time.sleep(0.1)
    return found


def ask(
    client: httpx.Client, label: str, method: str, path: str, status: int, **options: Any
) -> httpx.Response:
    """Make one request and fail unless it answers `status`."""
    try:
        response = client.request(method, path, **options)
    except httpx.HTTPError as reason:
        raise DemoError(f"{label}: {method} {path}: {reason}") from reason
    if response.status_code != status:
        body = " ".join(response.text.split())
        raise DemoError(f"{label}: {method} {path} answered {response.status_code}: {body}")
    return response


def make() -> None:
    """Make the service anew, install it and migrate its database."""
    shutil.rmtree(SERVICE, ignore_errors=True)
    broker = "rabbitmq" if os.environ.get("BROKER_URL", "").startswith("amqp") else "redis"
    options = ("--preset", "api", "--with", "metrics", "--defaults")
    answers = ("--data", "project_name=Demo Service", "--data", f"broker={broker}")
    environment = {**os.environ, "VIRTUAL_ENV": str(BIN.parent)}

    line = "flaskwright new .demo/service --preset api --with metrics"
    new = (TOOLS / "flaskwright", "new", SERVICE, *options, *answers)
    run("made", line, *new, env=environment)
    uv = TOOLS / "uv"
    venv = (uv, "venv", "--python", sys.executable, BIN.parent)
    run("isolated", "a virtual environment for it", *venv, env=environment)
    pins = ROOT / "requirements" / "services.txt"
    install = (uv, "pip", "install", "--constraints", pins, "--editable", SERVICE)
    run("installed", "what its pyproject.toml asks for", *install, env=environment)
    run("migrated", "its database", BIN / "flask", "db", "upgrade", env=variables())


def show(client: httpx.Client, worker: subprocess.Popen[bytes], worker_log: Path) -> None:
    """Ask the running service for everything it is there for."""
    ready = ask(client, "health", "GET", "/readyz", 200).json()
    parts = ", ".join(f"{part} {state}" for part, state in ready["parts"].items())
    tell("health", f"GET /readyz: {ready['status']} ({parts})")

    ask(client, "docs", "GET", "/docs", 200)
    paths: Mapping[str, Any] = ask(client, "docs", "GET", "/openapi.json", 200).json()["paths"]
    tell("docs", f"GET /docs: a page on the {len(paths)} paths of /openapi.json")

    account = {"email": f"demo-{uuid4().hex[:8]}@example.com", "password": uuid4().hex}
    ask(client, "register", "POST", "/api/v1/auth/register", 201, json=account)
    tell("register", f"POST /api/v1/auth/register: {account['email']}")
    tokens = ask(client, "login", "POST", "/api/v1/auth/login", 200, json=account).json()
    tell("log in", f"POST /api/v1/auth/login: a token for {tokens['expires_in']} s")

    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    item = {"title": "A first item", "description": "four words to count"}
    created = ask(client, "item", "POST", "/api/v1/items", 201, json=item, headers=headers)
    place = httpx.URL(created.headers["Location"]).path
    tell("item", f"POST /api/v1/items: {place}, its words not counted yet")

    def counted() -> int | None:
        words: int | None = ask(client, "task", "GET", place, 200, headers=headers).json()[
            "word_count"
        ]
        return words

    words = wait_for("task", worker_log, worker, counted)
    tell("task", f"GET {place}: the worker counted {words} words")

    lines = ask(client, "metrics", "GET", "/metrics", 200).text.splitlines()
    metric = 'http_requests_total{method="POST",route="/api/v1/items",status="201"}'
    if f"{metric} 1.0" not in lines:
        raise DemoError(f"metrics: GET /metrics has no line `{metric} 1.0`")
    tell("metrics", f"GET /metrics: {metric} 1.0")


def demo(check: bool) -> None:
    """Tell the whole story; without `check`, serve until Ctrl-C."""
    FOLDER.mkdir(exist_ok=True)
    with ExitStack() as processes:
        try:
            processes.enter_context(FileLock(FOLDER / "lock", timeout=0))
        except Timeout as reason:
            raise DemoError("another demo of this checkout is running: end it first") from reason
        print("A service with the api preset and metrics:\n", flush=True)
        make()
        worker, worker_log = processes.enter_context(
            running("worker", "celery", "--app", "demo_service.worker", "worker", "--concurrency=1")
        )
        web, web_log = processes.enter_context(running("web", "gunicorn"))
        listening = wait_for(
            "web", web_log, web, lambda: LISTENING.search(web_log.read_text("utf-8", "replace"))
        )
        address = listening[1]
        wait_for("worker", worker_log, worker, _pong)
        tell("started", f"a web server at {address} and a worker")
        client = processes.enter_context(httpx.Client(base_url=address, timeout=10))
        show(client, worker, worker_log)
        if not check:
            print(f"\nServing at {address}/docs; logs are in .demo. Ctrl-C stops.", flush=True)
            web.wait()
            raise DemoError(f"the web server exited {web.returncode}; see {web_log}")
    print("demo: ok")


def _pong() -> bool | None:
    ping = [str(BIN / "flask"), "tasks", "ping", "--timeout", "5"]
    answer = subprocess.run(ping, cwd=SERVICE, env=variables(), capture_output=True)
    return True if answer.returncode == 0 else None


def stop(_signal: int, _frame: object) -> None:
    """End as Ctrl-C does, so that every process is stopped."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):  # a background job would ignore the first
        signal.signal(number, stop)
    try:
        demo(check="--check" in sys.argv[1:])
    except KeyboardInterrupt:
        print("\ndemo: stopped")
    except DemoError as reason:
        sys.exit(f"demo: failed: {reason}")
