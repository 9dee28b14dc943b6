"""The bundle `vite` with the real npm: a build in production, and hot reload in development."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Dialog, Page, Response, expect

from tests.faults.processes import DEADLINE, Process, wait_until
from tests.faults.servers import free_port
from tests.matrix.browser import assert_accessible, watched_page
from tests.matrix.environments import Service, uv
from tests.matrix.machines import run_make
from tests.matrix.rows import ANSWERS, PACKAGE
from tests.matrix.web_server import listening, serving
from tests.template import render

pytestmark = pytest.mark.rest

FILES = {
    "mark.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>\n',
    "late.css": 'h1 { background-image: url("./mark.svg"); }\n',
    "late.js": 'import "./late.css";\n\ndocument.body.dataset.late = "loaded";\n',
    "shared.js": 'document.body.dataset.shared = "loaded";\n',
    "chart.js": 'import "./shared.js";\n\ndocument.body.dataset.chart = "loaded";\n',
}
LOAD_CHART = """{% from "vite/tags.html" import tags_of %}
{% block head %}{{ tags_of("chart.js") }}{% endblock %}
"""
FORM = """document.querySelector("main").innerHTML =
    '<form method="post"><label>Title <input></label> <button>Save</button></form>'"""


@pytest.fixture(scope="module", autouse=True)
def npm() -> None:
    """Skip the tests if npm or its registry is missing."""
    message = ""
    if not shutil.which("npm"):
        message = "npm is not installed"
    elif subprocess.run(("npm", "ping", "--fetch-retries=0"), capture_output=True).returncode:
        message = "npm's registry does not respond"
    if message and os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(message)
    elif message:
        pytest.skip(message)


@pytest.fixture
def service(template: Path, every_package: Path, tmp_path: Path) -> Service:
    """A service with these files: `main.js` loads one later, and the home page has two entries."""
    path = render(
        template, tmp_path / "service", ANSWERS | {"preset": "minimal", "extensions": ["vite"]}
    )
    for name, text in FILES.items():
        (path / "vite" / name).write_text(text)
    append(path / "vite" / "main.js", '\nimport "./shared.js";\nimport("./late.js");\n')
    config = path / "vite" / "vite.config.js"
    config.write_text(config.read_text().replace('["main.js"]', '["main.js", "chart.js"]'))
    append(path / "src" / PACKAGE / "templates" / "home.html", LOAD_CHART)
    return Service(path, every_package, {"PYTHONPATH": str(path / "src")})


def append(file: Path, text: str) -> None:
    """Add `text` to the end of a file."""
    file.write_text(file.read_text() + text)


def assert_scripts_ran(page: Page) -> None:
    """Fail unless both entries, what they share, and what one loads later with a style, ran."""
    for name in ("shared", "chart", "late"):
        expect(page.locator("body")).to_have_attribute(f"data-{name}", "loaded")
    expect(page.locator("h1")).to_have_css("background-image", re.compile(r"/mark[-.]"))


def test_an_installed_service_serves_the_build_in_production(
    service: Service, browser: Browser, tmp_path: Path
) -> None:
    add_package = ("npm", "install", "--save-exact", "nanoid")
    subprocess.run(add_package, cwd=service.path / "vite", check=True, capture_output=True)
    run_make(service.path, {**os.environ}, "assets")
    installed = tmp_path / "installed"
    install = ("pip", "install", "--quiet", "--no-deps", "--target", str(installed))
    uv(*install, str(service.path), environment=service.environment)
    production = {
        "APP_ENV": "production",
        "SECRET_KEY": "a key of the matrix, with more than thirty-two bytes",
        "TRUSTED_HOSTS": "127.0.0.1",
        "PYTHONPATH": str(installed),
    }
    responses: list[Response] = []
    dialogs: list[str] = []

    def leave(dialog: Dialog) -> None:
        dialogs.append(dialog.type)
        dialog.accept()

    with serving(service, **production) as client, watched_page(browser) as page:
        page.on("response", lambda response: responses.append(response))
        page.goto(str(client.base_url))
        assert_scripts_ran(page)
        assert_accessible(page)
        files = [response for response in responses if "/vite/assets/" in response.url]
        assert len(files) >= len({"main.js", "main.css", *FILES})
        for response in files:
            assert response.url.startswith(str(client.base_url))
            assert "immutable" in response.headers["cache-control"]

        page.on("dialog", leave)
        page.evaluate(FORM)
        page.get_by_label("Title").fill("Lamp")
        expect(page.locator("form")).to_have_class("changed")
        page.get_by_role("link", name="Home").click()
        expect(page.get_by_role("heading")).to_have_text("Home")
        assert dialogs == ["beforeunload"]


def test_pages_work_without_scripts(service: Service, browser: Browser) -> None:
    with (
        serving(service, APP_ENV="development") as client,
        watched_page(browser, java_script_enabled=False) as page,
    ):
        page.goto(str(client.base_url))
        expect(page.get_by_role("heading")).to_have_text("Home")


def test_changes_are_shown_while_the_page_is_open(
    service: Service, browser: Browser, tmp_path: Path
) -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    (service.path / ".venv").symlink_to(service.environment)
    (service.path / ".venv" / "ready").touch()
    variables = {**os.environ, **service.variables, "FLASK_RUN_PORT": "0"}
    setting = f"VITE_DEV_SERVER={origin}"
    run_make(service.path, variables, "vite/node_modules/ready")
    vite = Process(
        ("make", "assets-dev", setting),
        tmp_path / "vite.log",
        cwd=service.path,
        variables=variables,
    )
    problems: list[str] = []

    try:
        wait_until(lambda: responds(f"{origin}/@vite/client"), "Vite's server does not start")
        with listening(("make", "serve", setting), service.path, variables) as (_, client):
            page = browser.new_page()
            page.set_default_timeout(1000 * DEADLINE)
            page.on("console", lambda message: problems.append(f"{message.type} {message.text}"))
            page.on("requestfailed", lambda request: problems.append(f"error {request.url}"))
            page.goto(str(client.base_url))
            assert_scripts_ran(page)

            page.evaluate("window.marked = true")
            append(service.path / "vite" / "main.css", "h1 { color: rgb(1, 2, 3); }\n")
            expect(page.locator("h1")).to_have_css("color", "rgb(1, 2, 3)")
            assert page.evaluate("window.marked")

            append(service.path / "vite" / "chart.js", 'document.body.dataset.again = "loaded";\n')
            expect(page.locator("body")).to_have_attribute("data-again", "loaded")
            page.close()
    finally:
        vite.kill()
    assert [problem for problem in problems if problem.startswith(("error", "warning"))] == []


def responds(address: str) -> bool:
    """Return whether a server responds with success."""
    try:
        return httpx.get(address).is_success
    except httpx.ConnectError:
        return False
