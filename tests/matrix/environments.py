"""Builds virtual environments, and runs the commands of a service in them."""

import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.template import ROOT

LOCKED = ROOT / "requirements" / "services.txt"
LOWEST = ROOT / "requirements" / "lowest.txt"
LOCKED_TOOLS = ROOT / "requirements" / "dev.txt"
PIN = re.compile(r"^([a-z0-9.-]+)(?:\[.*?\])?(==.*?) \\$", re.MULTILINE)  # name, extras, version
UV = Path(sys.executable).with_name("uv")
DEADLINE = 3600  # seconds; enough on a busy machine
# The variables that commands inherit; the settings of a developer's shell must not matter.
INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "REQUIRE_SERVICES", "TMPDIR", "TZ")


@dataclass(frozen=True)
class Service:
    """A rendered service, its virtual environment, and the variables of its commands."""

    path: Path
    environment: Path
    variables: dict[str, str] = field(default_factory=dict)

    def variables_with(self, **variables: str) -> dict[str, str]:
        """Return the environment variables of a command, with `variables` added or replaced."""
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        path = f"{self.environment / 'bin'}{os.pathsep}{inherited['PATH']}"
        return {**inherited, "PATH": path, **self.variables, **variables}

    def attempt(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the service's folder, and return its result; stdout includes stderr."""
        with subprocess.Popen(
            (str(self.environment / "bin" / command[0]), *command[1:]),
            cwd=self.path,
            env=self.variables_with(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=DEADLINE)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)  # includes servers that tests started
                raise
        return subprocess.CompletedProcess(command, process.returncode, output)

    def run(self, *command: str, **variables: str) -> str:
        """Run a command, and return its output; fail the test if it fails."""
        result = self.attempt(*command, **variables)
        if result.returncode:
            line = " ".join(command)
            pytest.fail(f"`{line}` exited {result.returncode}:\n{result.stdout}", pytrace=False)
        return result.stdout


def uv(*arguments: str, environment: Path) -> None:
    """Run uv on a virtual environment; fail the test if it fails."""
    variables = {
        "VIRTUAL_ENV": str(environment),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_SYSTEM_CERTS": "true",  # a proxy's certificate authority is in the system's store
    }
    result = subprocess.run(
        (str(UV), *arguments),
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )
    if result.returncode:
        pytest.fail(f"uv {' '.join(arguments)}:\n{result.stderr}", pytrace=False)


def pins(folder: Path) -> dict[str, str]:
    """Return variables with which uv and pip install the locked versions.

    Their configuration is written into `folder`.
    """
    versions = [f"{name}{version}" for name, version in PIN.findall(LOCKED.read_text("utf-8"))]
    (folder / "pins.txt").write_text("\n".join(versions))
    (folder / "uv.toml").write_text(f"constraint-dependencies = {versions!r}\n")
    return {"PIP_CONSTRAINT": str(folder / "pins.txt"), "UV_CONFIG_FILE": str(folder / "uv.toml")}


def build_environment(path: Path, python: Path) -> Path:
    """Build the virtual environment of the service at `path` from its pyproject.toml; return it.

    The versions are locked, because a new release of a package must not fail an unrelated change.
    """
    environment = path / ".venv"
    create_environment(environment, python)
    requirements = ("--editable", str(path), "--group", f"{path / 'pyproject.toml'}:dev")
    install = ("pip", "install", "--quiet", "--constraints", str(LOCKED))
    uv(*install, *requirements, environment=environment)
    return environment


def build_with_every_package(path: Path, python: Path, locked: Path = LOCKED) -> Path:
    """Build a virtual environment with the packages of all bundles; return its path."""
    create_environment(path, python)
    uv("pip", "sync", "--quiet", "--require-hashes", str(locked), environment=path)
    return path


def create_environment(path: Path, python: Path) -> None:
    """Create an empty virtual environment at `path`, which is replaced."""
    uv("venv", "--quiet", "--clear", "--python", str(python), str(path), environment=path)


def delete(path: Path) -> Path:
    """Delete the folder at `path`, and return the path.

    All rows use the same path, so that mypy and Python reuse their caches of the libraries.
    """
    shutil.rmtree(path, ignore_errors=True)
    return path
