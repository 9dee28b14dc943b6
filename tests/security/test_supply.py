"""The packages that a service installs are locked by hash, and listed in its SBOM."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker

from tests.matrix.environments import UV, pins
from tests.template import ROOT, render


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """The environment variables of a machine with uv and Flaskwright's locked versions."""
    path = f"{UV.parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "UV_PYTHON": sys.executable, **pins(tmp_path)}


@pytest.fixture
def service(template: Path, tmp_path: Path, machine: dict[str, str]) -> Path:
    """A service with the preset full, and its uv.lock."""
    service = render(template, tmp_path / "service", {"project_name": "Sample", "preset": "full"})
    run(service, machine, "uv", "lock")
    return service


def run(
    service: Path, machine: dict[str, str], *command: str, status: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run a command in the service; assert that it exits with `status`, and return the result."""
    result = subprocess.run(
        command, cwd=service, env=machine, capture_output=True, text=True, check=False
    )
    assert result.returncode == status, result.stdout + result.stderr
    return result


def test_the_sbom_lists_the_packages_that_production_installs(
    service: Path, machine: dict[str, str]
) -> None:
    run(service, machine, "make", "sbom")
    run(service, machine, "uv", "sync", "--quiet", "--locked", "--no-dev", "--no-editable")

    listed = {}
    for component in json.loads((service / "sbom.json").read_text())["components"]:
        properties = {entry["name"]: entry["value"] for entry in component.get("properties", [])}
        if Marker(properties.get("uv:package:marker", "python_version > '3'")).evaluate():
            listed[component["name"]] = component["version"]
            assert all(reference["hashes"] for reference in component["externalReferences"])
    command = ("uv", "pip", "list", "--python=.venv", "--format=json")
    installed = json.loads(run(service, machine, *command).stdout)
    assert listed == {
        package["name"]: package["version"] for package in installed if package["name"] != "sample"
    }


def test_a_file_with_another_hash_is_not_installed(service: Path, machine: dict[str, str]) -> None:
    lock = service / "uv.lock"
    packages = tomllib.loads(lock.read_text("utf-8"))["package"]
    flask = next(package for package in packages if package["name"] == "flask")
    forged = lock.read_text("utf-8")
    for file in (flask["sdist"], *flask["wheels"]):
        forged = forged.replace(file["hash"], f"sha256:{'0' * 64}")
    lock.write_text(forged, "utf-8")

    result = run(service, machine, "uv", "sync", "--frozen", "--no-dev", status=1)

    assert "Hash mismatch for `flask==" in result.stderr


def test_flaskwright_s_requirements_are_locked_by_hash() -> None:
    locks = sorted((ROOT / "requirements").glob("*.txt"))

    assert locks
    for lock in locks:
        for requirement in re.split(r"\n(?=\S)", lock.read_text("utf-8")):
            if not requirement.startswith("#"):
                assert re.match(r"\S+==\S+", requirement), requirement
                assert "--hash=sha256:" in requirement, requirement


@pytest.mark.parametrize("preset", ["minimal", "full"])
def test_bandit_finds_nothing_in_a_service(template: Path, tmp_path: Path, preset: str) -> None:
    bandit = str(UV.with_name("bandit"))
    path = render(template, tmp_path / "service", {"project_name": "Sample", "preset": preset})

    run(path, dict(os.environ), bandit, "--quiet", "--recursive", "src")


def test_bandit_finds_nothing_in_flaskwright() -> None:
    bandit = (str(UV.with_name("bandit")), "--configfile", "pyproject.toml")

    run(ROOT, dict(os.environ), *bandit, "--quiet", "--recursive", "src", "hooks")


def test_every_ignored_security_rule_has_a_reason() -> None:
    exception = re.compile(r"# (?:noqa: .*\bS\d{3}|nosec)")
    reason = re.compile(r"# (?:noqa: [A-Z0-9, ]+|nosec [A-Z0-9, ]+) # \S")
    folders = [
        "benchmarks",
        "demo",
        "extensions_catalog",
        "hooks",
        "scripts",
        "src",
        "template",
        "tests",
    ]
    lines = [
        line
        for folder in folders
        for path in (ROOT / folder).rglob("*.py*")
        if path.suffix in (".py", ".jinja")
        for line in path.read_text("utf-8").splitlines()
        if exception.search(line)
    ]

    assert lines
    assert [line for line in lines if not reason.search(line)] == []
