"""The service of each row passes its own checks and tests, starts, and has correct documents."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from tests.matrix import service_docs
from tests.matrix.environments import Service
from tests.matrix.internals import internal_tests, own_sources, own_tests, required_coverage
from tests.matrix.rows import PACKAGE, Row
from tests.matrix.servers import Servers
from tests.matrix.web_server import server_arguments, serving, wait_until_ready

MIGRATE = """
from sample import create_app
runner = create_app().test_cli_runner(catch_exceptions=False)
for step in (["upgrade"], ["downgrade", "base"], ["upgrade"], ["check"]):
    result = runner.invoke(args=["db", *step])
    assert result.exit_code == 0, result.output
"""
COVERAGE = ("pytest", "--cov", "--cov-report=term", f"--cov-fail-under={required_coverage()}")
# Flask-Admin fails if Flask-Babel is installed, but not set up (flask-admin #2609).
WITHOUT_FLASK_BABEL = """
import sys, pytest
sys.modules["flask_babel"] = None
sys.exit(pytest.main())
"""
# The reasons of tests that a row cannot run.
CANNOT_RUN = {
    "the API has no operations",
    "the service has another web server",
    "the service has fewer bundles",
}
SHOW_HELP = """
import shlex, sys
from click.testing import CliRunner
from flask.cli import FlaskGroup
from sample import create_app
for command in sys.argv[1:]:  # --help does not run a command, but reads its options
    words = [*shlex.split(command), "--help"]
    result = CliRunner().invoke(FlaskGroup(create_app=create_app), words)
    assert result.exit_code == 0, result.output
"""
SETTINGS = """
import json, re
from sample import create_app
config = {
    name: value and str(sorted(value) if isinstance(value, set) else value)
    for name, value in create_app().config.items()
}
print(re.sub(" at 0x[0-9a-f]+", "", json.dumps(config)))
"""


@pytest.mark.kinds("everything", "full")
def test_the_service_has_strict_types(service: Service) -> None:
    service.run("mypy")


@pytest.mark.kinds("alone")
def test_the_bundle_has_strict_types(row: Row, service_with_every_package: Service) -> None:
    """In this environment mypy keeps what it knows of the packages from row to row."""
    service = service_with_every_package
    service.run("mypy", *own_sources(row), *own_tests(row, service))


def test_the_service_keeps_its_import_contracts(service: Service) -> None:
    service.run("lint-imports")


def test_the_service_declares_the_packages_that_it_imports(service: Service) -> None:
    service.run("deptry", "src", "tests")


@pytest.mark.kinds("everything")
def test_the_internal_tests_have_strict_types(row: Row, service: Service) -> None:
    with internal_tests(row.manifests, service, "kernel"):
        service.run("mypy")


@pytest.mark.kinds("preset", "full")
def test_the_service_is_covered_by_its_tests(service: Service) -> None:
    _assert_nothing_skipped(service.run("pytest", "--cov"))


@pytest.mark.rest
@pytest.mark.kinds("everything")
def test_the_service_is_covered_by_its_tests_and_the_internal_tests(
    row: Row, service: Service
) -> None:
    with internal_tests(row.manifests, service, "kernel"):
        _assert_nothing_skipped(service.run(*COVERAGE))


@pytest.mark.kinds("alone")
def test_the_bundle_is_covered_by_its_tests_and_its_internal_tests(
    row: Row, service: Service
) -> None:
    """The kernel's tests, and internal tests of required bundles, run in other rows."""
    with internal_tests(row.own_manifests, service):
        arguments = ("--cov-report=", "--cov-fail-under=0", "--ignore=tests/kernel")
        _assert_nothing_skipped(service.run("pytest", "--cov", *arguments))
    if sources := own_sources(row):
        limit = f"--fail-under={required_coverage()}"
        service.run("coverage", "report", f"--include={','.join(sources)}", limit)


@pytest.mark.large
def test_all_tests_pass_with_the_packages_of_all_bundles(
    row: Row, service_with_every_package: Service
) -> None:
    command = ("-m", "pytest") if "i18n" in row.bundles else ("-c", WITHOUT_FLASK_BABEL)
    with internal_tests(row.manifests, service_with_every_package, "kernel"):
        _assert_nothing_skipped(service_with_every_package.run("python", *command))


@pytest.mark.rest
@pytest.mark.needs("database")
@pytest.mark.kinds("full")
def test_the_service_s_own_tests_pass_on_postgresql(service: Service, servers: Servers) -> None:
    with servers.database(service) as url:
        _assert_nothing_skipped(service.run("pytest", TEST_DATABASE_URL=url))


@pytest.mark.large
@pytest.mark.needs("database")
@pytest.mark.kinds("full")
def test_the_service_is_covered_on_postgresql(row: Row, service: Service, servers: Servers) -> None:
    with servers.database(service) as url, internal_tests(row.manifests, service, "kernel"):
        _assert_nothing_skipped(service.run(*COVERAGE, TEST_DATABASE_URL=url))


def _assert_nothing_skipped(output: str) -> None:
    if os.environ.get("REQUIRE_SERVICES") == "1":
        reasons = {*re.findall(r"^SKIPPED \[\d+\] \S+ (.*)$", output, re.MULTILINE)}
        assert reasons <= CANNOT_RUN, output


@pytest.mark.needs("database")
def test_migrations_run_in_both_directions_on_sqlite(service: Service, tmp_path: Path) -> None:
    _migrate(service, f"sqlite:///{tmp_path / 'service.db'}")


@pytest.mark.needs("database")
def test_migrations_run_in_both_directions_on_postgresql(
    service: Service, servers: Servers
) -> None:
    with servers.database(service) as url:
        _migrate(service, url)


def _migrate(service: Service, url: str) -> None:
    service.run("python", "-c", MIGRATE, DATABASE_URL=url)


@pytest.mark.kinds("everything", "full", "preset")
def test_the_service_responds(row: Row, service: Service) -> None:
    _assert_responds(row, service)


@pytest.mark.kinds("everything", "full", "preset", "pairs")
def test_the_service_responds_with_the_packages_of_all_bundles(
    row: Row, service_with_every_package: Service
) -> None:
    _assert_responds(row, service_with_every_package)


def _assert_responds(row: Row, service: Service) -> None:
    if "database" in row.bundles:
        service.run("flask", "db", "upgrade")
    with serving(service, APP_ENV="development") as client:
        assert client.get("/livez").json() == {"status": "ok"}
        wait_until_ready(client)
        missing = client.get("/missing")
        assert missing.headers["Content-Type"] == "application/problem+json"
        assert missing.json()["request_id"] == missing.headers["X-Request-ID"]
        if "api" in row.bundles:
            validate(client.get("/openapi.json").json())


def test_the_service_responds_in_production(row: Row, service: Service, servers: Servers) -> None:
    with servers.production_variables(row, service) as variables:
        if "database" in row.bundles:
            service.run("flask", "db", "upgrade", **variables)
        with serving(service, **variables) as client:
            wait_until_ready(client)


@pytest.mark.kinds("alone", "everything")
def test_the_commands_of_the_image_s_build_succeed(row: Row, service: Service) -> None:
    for command in (command for bundle in row.manifests for command in bundle.build_commands):
        program, *arguments = shlex.split(command.replace("{package}", PACKAGE))
        service.run(program.removeprefix(".venv/bin/"), *arguments)


def test_production_refuses_to_start_without_required_settings(row: Row, service: Service) -> None:
    required = [
        setting.name
        for manifest in row.manifests
        for setting in manifest.settings
        if setting.required
    ]

    result = service.attempt("python", *server_arguments(service), WEB_BIND="127.0.0.1:0")

    assert result.returncode == 1
    names = ("SECRET_KEY", "TRUSTED_HOSTS", *required)
    assert [name for name in names if name not in result.stdout] == []
    assert "Traceback" not in result.stdout


def test_manifests_list_the_default_of_each_setting(row: Row, service: Service) -> None:
    defaults = {
        setting.name: setting.default for manifest in row.manifests for setting in manifest.settings
    }
    variables = {
        name: ",".join(default) if isinstance(default, list | tuple) else str(default)
        for name, default in defaults.items()
        if default
    }

    config: dict[str, str] = json.loads(service.run("python", "-c", SETTINGS))

    assert json.loads(service.run("python", "-c", SETTINGS, **variables)) == config
    assert [name for name in defaults.keys() - variables if config.get(name)] == []
    sources = "".join(path.read_text("utf-8") for path in (service.path / "src").rglob("*.py"))
    assert [name for name in defaults if f'"{name}"' not in sources] == []


@pytest.mark.kinds("alone", "preset")
def test_the_commands_of_the_guides_work(row: Row, service: Service, tmp_path: Path) -> None:
    pages = [
        str(path.relative_to(service.path))
        for bundle in row.own_manifests
        for name in (bundle.id, f"{bundle.id}_*")
        for path in service.path.glob(f"docs/{name}.md")
    ]
    database = {"DATABASE_URL": f"sqlite:///{tmp_path / 'service.db'}"}

    for command in service_docs.commands(service, pages):
        _run_documented(service, command, database)
    service.run("python", "-c", SHOW_HELP, *service_docs.inline_commands(service, pages))


@pytest.mark.kinds("everything", "full", *service_docs.CONDITIONS)
def test_documented_commands_and_paths_work(service: Service, tmp_path: Path) -> None:
    """Run the commands of the documents. The last test of a row: it adds the parts of howto.md."""
    service_docs.create_howto_files(service)
    (service.path / ".venv" / "ready").touch()  # as `make` does after it has built the environment
    database = {"DATABASE_URL": f"sqlite:///{tmp_path / 'service.db'}"}
    service.run("ruff", "check", "--fix", "--quiet")

    for command in service_docs.commands(service, service_docs.PAGES):
        _run_documented(service, command, database)

    service.run("ruff", "format", "--check", "--diff")
    service.run("ruff", "check")
    service.run("mypy")
    assert "passed" in service.run(
        "pytest", *(f"tests/{part}" for part in service_docs.HOWTO_PARTS)
    )
    assert service_docs.missing_paths(service) == []


def _run_documented(service: Service, command: list[str], database: dict[str, str]) -> None:
    match command:
        case ["make", "serve" | "test" | "check" as target]:  # other tests run these
            _run_make(service, "--dry-run", target)
        case ["make", target]:
            _run_make(service, target)
        case ["flask", "doctor", "--deploy"]:
            assert "cannot start" not in service.attempt(*command).stdout
        case ["flask", "db", "revision", *_]:
            service.attempt(*command, **database)  # fails if the models have not changed
        case ["flask", *_]:
            service.run(*command, **database)
        case ["mkdir" | "openssl", *_]:
            subprocess.run(command, cwd=service.path, check=True, capture_output=True)
        case _:
            pytest.fail(f"no test runs `{' '.join(command)}`: add it here")


def _run_make(service: Service, *arguments: str) -> None:
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
