"""Every row of the catalog is a service that holds all its own checks."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from tests.matrix import recipes
from tests.matrix.boot import server_of, serving
from tests.matrix.environments import Service
from tests.matrix.internals import internals, required_coverage
from tests.matrix.rows import Row
from tests.matrix.servers import Servers

COVERAGE = ("pytest", "--cov", "--cov-report=term")
SETTINGS = """
import json, re
from sample import create_app
config = {name: value and str(value) for name, value in create_app().config.items()}
print(re.sub(" at 0x[0-9a-f]+", "", json.dumps(config)))
"""


def test_it_is_formatted(clean: Service) -> None:
    clean.run("ruff", "format", "--check", "--diff")


def test_it_is_linted(clean: Service) -> None:
    clean.run("ruff", "check")


def test_its_types_are_strict(clean: Service) -> None:
    clean.run("mypy")


def test_its_import_contracts_hold(clean: Service) -> None:
    clean.run("lint-imports")


def test_it_declares_what_it_imports(clean: Service) -> None:
    clean.run("deptry", "src", "tests")


@pytest.mark.enough("everything")
def test_the_templates_own_tests_have_strict_types(row: Row, clean: Service) -> None:
    with internals(row, clean):
        clean.run("mypy")


@pytest.mark.enough("everything", "alone")
def test_its_tests_and_the_templates_cover_it(row: Row, clean: Service) -> None:
    with internals(row, clean):
        _nothing_skipped(clean.run(*COVERAGE, *required_coverage()))


@pytest.mark.large
def test_its_tests_pass_where_every_package_is_installed(row: Row, crowded: Service) -> None:
    with internals(row, crowded):
        _nothing_skipped(crowded.run("python", "-m", "pytest"))


@pytest.mark.needs("database")
@pytest.mark.enough("preset")
def test_its_tests_and_the_templates_cover_it_on_postgresql(
    row: Row, clean: Service, servers: Servers
) -> None:
    with servers.database(clean) as url, internals(row, clean):
        _nothing_skipped(clean.run(*COVERAGE, *required_coverage(), TEST_DATABASE_URL=url))


def _nothing_skipped(output: str) -> None:
    if os.environ.get("REQUIRE_SERVICES") == "1":
        reasons = {*re.findall(r"^SKIPPED \[\d+\] \S+ (.*)$", output, re.MULTILINE)}
        assert reasons <= {"the service has another web server"}, output


@pytest.mark.needs("database")
def test_its_migrations_run_both_ways_on_sqlite(clean: Service, tmp_path: Path) -> None:
    _migrate(clean, f"sqlite:///{tmp_path / 'service.db'}")


@pytest.mark.needs("database")
def test_its_migrations_run_both_ways_on_postgresql(clean: Service, servers: Servers) -> None:
    with servers.database(clean) as url:
        _migrate(clean, url)


def _migrate(service: Service, url: str) -> None:
    for step in (["upgrade"], ["downgrade", "base"], ["upgrade"], ["check"]):
        service.run("flask", "db", *step, DATABASE_URL=url)


def test_it_serves(row: Row, clean: Service) -> None:
    _serves(row, clean)


def test_it_serves_where_every_package_is_installed(row: Row, crowded: Service) -> None:
    _serves(row, crowded)


def _serves(row: Row, service: Service) -> None:
    if "database" in row.bundles:
        service.run("flask", "db", "upgrade")
    with serving(service, APP_ENV="development") as client:
        assert client.get("/livez").json() == {"status": "ok"}
        assert client.get("/readyz").json()["status"] == "ok"
        missing = client.get("/missing")
        assert missing.headers["Content-Type"] == "application/problem+json"
        assert missing.json()["request_id"] == missing.headers["X-Request-ID"]
        if "api" in row.bundles:
            validate(client.get("/openapi.json").json())


def test_production_serves_on_real_servers(row: Row, clean: Service, servers: Servers) -> None:
    with servers.production(row, clean) as variables:
        if "database" in row.bundles:
            clean.run("flask", "db", "upgrade", **variables)
        with serving(clean, **variables) as client:
            ready = client.get("/readyz", headers={"Host": "localhost"})
            assert ready.json()["status"] == "ok"


def test_production_refuses_to_start_without_what_it_needs(row: Row, clean: Service) -> None:
    required = [
        setting.name
        for manifest in row.manifests
        for setting in manifest.settings
        if setting.required
    ]

    refused = clean.attempt("python", *server_of(clean), WEB_BIND="127.0.0.1:0")

    assert refused.returncode == 1
    assert [
        name for name in ("SECRET_KEY", "TRUSTED_HOSTS", *required) if name not in refused.stdout
    ] == []
    assert "Traceback" not in refused.stdout


def test_manifests_name_the_defaults_of_development(row: Row, clean: Service) -> None:
    defaults = {
        setting.name: setting.default for manifest in row.manifests for setting in manifest.settings
    }
    given = {
        name: ",".join(default) if isinstance(default, tuple) else str(default)
        for name, default in defaults.items()
        if default
    }

    config: dict[str, str] = json.loads(clean.run("python", "-c", SETTINGS))

    assert json.loads(clean.run("python", "-c", SETTINGS, **given)) == config
    assert [name for name in defaults.keys() - given if config.get(name)] == []
    sources = "".join(path.read_text("utf-8") for path in (clean.path / "src").rglob("*.py"))
    assert [name for name in defaults if f'"{name}"' not in sources] == []


def test_its_documents_can_be_followed(clean: Service, tmp_path: Path) -> None:
    """The last check of a row: it adds the parts that docs/howto.md shows."""
    recipes.follow(clean)
    (clean.path / ".venv" / "ready").touch()  # as `make` does once the environment is there
    database = {"DATABASE_URL": f"sqlite:///{tmp_path / 'service.db'}"}
    clean.run("ruff", "check", "--fix", "--quiet")

    for command in recipes.commands(clean):
        match command:
            case ["make", "serve" | "test" | "check" as target]:  # other tests run these
                _make(clean, "--dry-run", target)
            case ["make", target]:
                _make(clean, target)
            case ["flask", "doctor", "--deploy"]:
                assert "cannot start" not in clean.attempt(*command).stdout
            case ["flask", "db", "revision", *_]:
                clean.attempt(*command, **database)  # without a change, it says so
            case ["flask", *_]:
                clean.run(*command, **database)
            case _:
                pytest.fail(f"no test runs {' '.join(command)}")

    clean.run("ruff", "format", "--check", "--diff")
    clean.run("ruff", "check")
    clean.run("mypy")
    assert "passed" in clean.run("pytest", *(f"tests/{part}" for part in recipes.OWN_PARTS))
    assert recipes.missing_paths(clean) == []


def _make(service: Service, *arguments: str) -> None:
    result = subprocess.run(
        ("make", *arguments),
        cwd=service.path,
        env=service.variables_with(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
