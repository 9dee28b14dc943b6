"""Where a row's service runs: a clean environment of its own, or the one that has everything."""

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
DEADLINE = 600  # seconds
# All that a service's commands get to see of the machine: no setting of a developer's shell.
PASSED_ON = ("HOME", "LANG", "LC_ALL", "PATH", "REQUIRE_SERVICES", "TMPDIR", "TZ")


@dataclass(frozen=True)
class Service:
    """A rendered service and the environment its commands run in."""

    path: Path
    environment: Path
    variables: dict[str, str] = field(default_factory=dict)

    def variables_with(self, **variables: str) -> dict[str, str]:
        """Return the variables of a command, `variables` among them."""
        passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        path = f"{self.environment / 'bin'}{os.pathsep}{passed_on['PATH']}"
        return {**passed_on, "PATH": path, **self.variables, **variables}

    def attempt(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `command` in the service's folder; its errors are part of its output."""
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
                os.killpg(process.pid, signal.SIGKILL)  # and the servers that its tests started
                raise
        return subprocess.CompletedProcess(command, process.returncode, output)

    def run(self, *command: str, **variables: str) -> str:
        """Run `command`, return what it printed, and fail the test where it fails."""
        result = self.attempt(*command, **variables)
        if result.returncode:
            line = " ".join(command)
            pytest.fail(f"`{line}` exited {result.returncode}:\n{result.stdout}", pytrace=False)
        return result.stdout


def uv(*arguments: str, environment: Path) -> None:
    """Run uv on the environment at `environment`; its one cache serves every row."""
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
        timeout=900,
    )
    if result.returncode:
        pytest.fail(f"uv {' '.join(arguments)}:\n{result.stderr}", pytrace=False)


def pins(folder: Path) -> dict[str, str]:
    """Return the variables by which uv and pip take the locked versions; writes to `folder`."""
    versions = [f"{name}{version}" for name, version in PIN.findall(LOCKED.read_text("utf-8"))]
    (folder / "pins.txt").write_text("\n".join(versions))
    (folder / "uv.toml").write_text(f"constraint-dependencies = {versions!r}\n")
    return {"PIP_CONSTRAINT": str(folder / "pins.txt"), "UV_CONFIG_FILE": str(folder / "uv.toml")}


def build_clean(path: Path, python: Path) -> Path:
    """Build the environment of the service at `path` from its pyproject.toml alone.

    The versions are the locked ones, so that a release of tonight does not fail a change.
    """
    environment = path / ".venv"
    uv(
        "venv",
        "--quiet",
        "--clear",
        "--python",
        str(python),
        str(environment),
        environment=environment,
    )
    install = ("pip", "install", "--quiet", "--constraints", str(LOCKED))
    uv(
        *install,
        "--editable",
        str(path),
        "--group",
        f"{path / 'pyproject.toml'}:dev",
        environment=environment,
    )
    return environment


def build_everything(path: Path, python: Path, locked: Path = LOCKED) -> Path:
    """Build the environment that has every package of every bundle, in the `locked` versions."""
    uv("venv", "--quiet", "--clear", "--python", str(python), str(path), environment=path)
    uv("pip", "sync", "--quiet", "--require-hashes", str(locked), environment=path)
    return path


def empty(path: Path) -> Path:
    """Return `path` without anything in it: rows take their turn at one place.

    mypy and Python then take what the last row cached of the libraries: their paths are the same.
    """
    shutil.rmtree(path, ignore_errors=True)
    return path
