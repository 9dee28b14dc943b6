"""The measured services: rendered from this checkout, and installed for production."""

import os
import shutil
import sys
from pathlib import Path

from benchmarks import settings
from benchmarks.processes import run
from benchmarks.servers import COLLECTOR_PORT, DATABASE_URL, REDIS_URL
from benchmarks.settings import MEASURED, ROOT, WORK

FLASKWRIGHT, UV = ROOT / ".venv/bin/flaskwright", ROOT / ".venv/bin/uv"
SOURCES = ROOT / "benchmarks" / "service"
PACKAGE = "bench"

# The folders of the services.
API = WORK / "service"
API_GRANIAN = WORK / "service-granian"  # the same with the bundle granian
OPTIMIZED = WORK / "service-optimized"  # that with the example's views optimized
PAGES = WORK / "service-pages"  # the example's pages
MINIMAL = WORK / "service-minimal"  # the kernel alone
WITH = {name: WORK / f"service-{name}" for name in ("cors", "rate_limit", "tracing")}  # bundles


def render_and_install() -> None:
    """Render all services, and install them and the peers in one environment."""
    _render(API, "--preset", "api")
    _render(API_GRANIAN, "--preset", "api", "--with", "granian")
    _render(OPTIMIZED, "--preset", "api", "--with", "granian")
    _render(PAGES, "--preset", "minimal", "--with", "example_items,login,pages")
    _render(MINIMAL, "--preset", "minimal")
    for bundle, folder in WITH.items():
        _render(folder, "--preset", "api", "--with", bundle)
    _add_part(API)
    _add_part(API_GRANIAN)
    views = OPTIMIZED / "src" / PACKAGE / "example" / "views.py"
    shutil.copy(SOURCES / "optimized_items.py", views)
    _install()


def _render(service: Path, *options: str) -> None:
    """Render a service with all defaults except `options`."""
    shutil.rmtree(service, ignore_errors=True)
    command = (FLASKWRIGHT, "new", service, "--template", ROOT, "--data", "project_name=Bench")
    run(*command, "--defaults", *options)


def _add_part(service: Path) -> None:
    """Add the part `additions` to a service, behind its example."""
    package = service / "src" / PACKAGE
    shutil.copy(SOURCES / "additions.py", package)
    parts = package / "parts.py"
    text = parts.read_text("utf-8")
    parts.write_text(text.replace("    example,\n", "    example,\n    additions,\n"), "utf-8")


def _install() -> None:
    """Install the peers, and the production requirements of the services.

    Development tools are left out: structlog, for example, loads rich if it is installed.
    """
    run(UV, "venv", "--clear", "--no-python-downloads", "--python", sys.executable, MEASURED)
    requirements = ROOT / "requirements"
    services = (service / "pyproject.toml" for service in (API, API_GRANIAN, PAGES, *WITH.values()))
    options = [f"--requirements={file}" for file in (requirements / "peers.in", *services)]
    options += [f"--constraints={requirements / 'benchmarks.txt'}", f"--python={MEASURED}"]
    run(UV, "pip", "install", "--compile-bytecode", *options)


def variables(folder: Path) -> dict[str, str]:
    """Return the variables of a subject with its modules in `folder`; none of the shell's."""
    return {
        "HOME": str(WORK),
        "LC_ALL": "C.UTF-8",
        "PATH": f"{MEASURED / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": f"{folder / 'src'}{os.pathsep}{folder}",
        "SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": DATABASE_URL,
        "BROKER_URL": REDIS_URL,
        "ACCESS_TOKEN_SECONDS": str(settings.ACCESS_TOKEN_SECONDS),
        "POOL_SIZE": str(settings.ASYNC_POOL),
        "CORS_ORIGINS": settings.ORIGIN,
        "RATE_LIMIT": "1000000/minute",  # counted, and never reached
        "RATE_LIMIT_URL": REDIS_URL,
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{COLLECTOR_PORT}",
        "OTEL_TRACES_SAMPLER_ARG": "0.01",
        **{"APP_ENV": "production", "TRUSTED_HOSTS": "127.0.0.1"},
        **{"WEB_THREADS": str(settings.THREADS), "DRAIN_SECONDS": "0"},
    }
