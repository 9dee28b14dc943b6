"""Services as the template makes them, from this checkout's working tree."""

import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

import copier

from benchmarks.problems import BenchError
from benchmarks.settings import ACCESS_TOKEN_SECONDS, MEASURED, ROOT, SECRET_KEY, THREADS, WORK
from flaskwright.catalog import reading as catalog

UV = ROOT / ".venv" / "bin" / "uv"
LOCKED = ROOT / "requirements" / "benchmarks.txt"
PEERS = ROOT / "requirements" / "peers.in"
PACKAGE = "bench"
PLAIN_ITEMS = ROOT / "benchmarks" / "service" / "plain_items.py"
OPTIMIZED_ITEMS = ROOT / "benchmarks" / "service" / "optimized_items.py"


def render(name: str, preset: str, *more: str) -> Path:
    """Render a preset and `more` bundles into `.bench/<name>`, with all defaults; return where."""
    extensions = [*catalog.read(ROOT).presets[preset].extensions, *more]
    destination = WORK / name
    shutil.rmtree(destination, ignore_errors=True)
    with warnings.catch_warnings(action="ignore"):  # of changes that are in no commit
        copier.run_copy(
            str(ROOT),
            destination,
            data={"project_name": "Bench", "preset": preset, "extensions": extensions},
            vcs_ref="HEAD",
            defaults=True,
            quiet=True,
        )
    return destination


def install(*services: Path) -> None:
    """Install the peers, and what `services` need in production. Raises `BenchError`.

    Tools of development are left out: structlog, for example, loads rich wherever it is installed.
    """
    files = [PEERS, *(service / "pyproject.toml" for service in services)]
    requirements = [option for file in files for option in ("--requirements", file)]
    for command in (
        ("venv", "--allow-existing", "--python", sys.executable, MEASURED),
        ("pip", "install", "--compile-bytecode", "--constraints", LOCKED, *requirements),
    ):
        variables = {**os.environ, "VIRTUAL_ENV": str(MEASURED), "UV_PYTHON_DOWNLOADS": "never"}
        result = subprocess.run((UV, "--quiet", *command), env=variables, check=False)
        if result.returncode:
            raise BenchError(f"uv {command[0]} exited {result.returncode}")


def add_part(service: Path, source: Path, after: str) -> None:
    """Add a module to a service, as its last part but for those that start behind `after`."""
    package = service / "src" / PACKAGE
    shutil.copy(source, package)
    parts = package / "parts.py"
    imports, middle, listed = parts.read_text("utf-8").partition("PARTS:")
    imports = imports.replace(f"    {after},\n", f"    {after},\n    {source.stem},\n")
    listed = listed.replace(f"    {after},\n", f"    {after},\n    {source.stem},\n")
    parts.write_text(imports + middle + listed, "utf-8")


def variables(service: Path, database_url: str, broker_url: str | None) -> dict[str, str]:
    """Return what a service in production is started with; without a broker, it waits for none."""
    return {
        **environment(),
        "PYTHONPATH": str(service / "src"),
        "APP_ENV": "production",
        "SECRET_KEY": SECRET_KEY,
        "TRUSTED_HOSTS": "127.0.0.1",
        "DATABASE_URL": database_url,
        "BROKER_URL": broker_url or "redis://127.0.0.1:1/0",
        "ACCESS_TOKEN_SECONDS": str(ACCESS_TOKEN_SECONDS),
        "WEB_THREADS": str(THREADS),
        "DRAIN_SECONDS": "0",
    }


def environment() -> dict[str, str]:
    """Return the variables of every process: none of a developer's shell."""
    return {
        "HOME": str(WORK),
        "LC_ALL": "C.UTF-8",
        "PATH": f"{MEASURED / 'bin'}:/usr/local/bin:/usr/bin:/bin",
    }


def migrate(service: Path, given: Mapping[str, str]) -> None:
    """Make the service's tables. Raises `BenchError`."""
    command = (str(MEASURED / "bin" / "flask"), "--app", PACKAGE, "db", "upgrade")
    result = subprocess.run(
        command, cwd=service, env=given, capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise BenchError(f"flask db upgrade:\n{result.stdout}{result.stderr}")
