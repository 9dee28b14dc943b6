"""The measured services: rendered from this checkout, and installed for production."""

import os
import shutil
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import copier

from benchmarks.processes import run
from benchmarks.settings import ACCESS_TOKEN_SECONDS, MEASURED, ROOT, SECRET_KEY, THREADS, WORK
from flaskwright.catalog import reading as catalog

UV = ROOT / ".venv" / "bin" / "uv"
SOURCES = ROOT / "benchmarks" / "service"
PACKAGE = "bench"


@dataclass(frozen=True)
class Services:
    """The folders of the services."""

    api: Path
    granian: Path  # the same with the bundle granian
    optimized: Path  # that with the example's views optimized
    minimal: Path  # the kernel alone


def render_and_install() -> Services:
    """Render all services, and install them and the peers in one environment."""
    services = Services(
        api=_render("service", "api"),
        granian=_render("service-granian", "api", "granian"),
        optimized=_render("service-optimized", "api", "granian"),
        minimal=_render("service-minimal", "minimal"),
    )
    for service in (services.api, services.granian):
        add_part(service, "plain_items", after="example")
    views = services.optimized / "src" / PACKAGE / "example" / "views.py"
    shutil.copy(SOURCES / "optimized_items.py", views)
    _install(services.api, services.granian)
    return services


def _render(name: str, preset: str, *more: str) -> Path:
    """Render `preset` and the bundles `more` with all defaults; return the folder."""
    extensions = [*catalog.read(ROOT).presets[preset].extensions, *more]
    answers = {"project_name": "Bench", "preset": preset, "extensions": extensions}
    destination = WORK / name
    shutil.rmtree(destination, ignore_errors=True)
    with warnings.catch_warnings(action="ignore"):  # about uncommitted changes
        copier.run_copy(
            str(ROOT), destination, data=answers, vcs_ref="HEAD", defaults=True, quiet=True
        )
    return destination


def add_part(service: Path, name: str, after: str) -> None:
    """Add the module `name` of `benchmarks/service` to a service's parts, behind `after`."""
    package = service / "src" / PACKAGE
    shutil.copy(SOURCES / f"{name}.py", package)
    parts = package / "parts.py"
    text = parts.read_text("utf-8")
    parts.write_text(text.replace(f"    {after},\n", f"    {after},\n    {name},\n"), "utf-8")


def _install(*services: Path) -> None:
    """Install the peers, and the production requirements of `services`.

    Development tools are left out: structlog, for example, loads rich if it is installed.
    """
    shutil.rmtree(MEASURED, ignore_errors=True)
    requirements = ROOT / "requirements"
    files = [requirements / "peers.in", *(service / "pyproject.toml" for service in services)]
    options = [option for file in files for option in ("--requirements", file)]
    constraints = ("--constraints", requirements / "benchmarks.txt")
    environment = {**os.environ, "VIRTUAL_ENV": str(MEASURED), "UV_PYTHON_DOWNLOADS": "never"}
    run(UV, "venv", "--quiet", "--python", sys.executable, MEASURED, env=environment)
    install = (UV, "pip", "install", "--quiet", "--compile-bytecode")
    run(*install, *constraints, *options, env=environment)


def variables(folder: Path, database_url: str, broker_url: str) -> dict[str, str]:
    """Return the variables of a subject with its modules in `folder`; none of the shell's."""
    return {
        "HOME": str(WORK),
        "LC_ALL": "C.UTF-8",
        "PATH": f"{MEASURED / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(folder),
        "SECRET_KEY": SECRET_KEY,
        "DATABASE_URL": database_url,
        "BROKER_URL": broker_url,
        "ACCESS_TOKEN_SECONDS": str(ACCESS_TOKEN_SECONDS),
        **{"APP_ENV": "production", "TRUSTED_HOSTS": "127.0.0.1"},
        **{"WEB_THREADS": str(THREADS), "DRAIN_SECONDS": "0"},
    }
