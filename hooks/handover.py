"""What cookiecutter's hook has to know of its surroundings.

cookiecutter loads this before it asks anything, so a Copier that is missing is told first.
"""

import logging
import shutil
import sys
from importlib import metadata
from pathlib import Path

from jinja2 import Environment
from jinja2.ext import Extension

ROOT = Path(__file__).resolve().parents[1]


class Handover(Extension):
    """Tells the hook where the template is, which it does not see, and how Copier is started."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals.update(template_root=str(ROOT), copier=copier())
        # A hook's own line says why it failed; where cookiecutter stood is no help.
        logging.getLogger("cookiecutter.hooks").addFilter(without_traceback)


def copier() -> list[str]:
    """Return the command; cookiecutter tells an ImportError in one line."""
    try:
        metadata.version("copier")
    except metadata.PackageNotFoundError:
        if found := shutil.which("copier"):
            return [found]
        raise ImportError(
            "Copier, which makes the service, is not installed: "
            'install it beside cookiecutter, as with `pip install "copier>=9.17.2,<10"`.'
        ) from None
    return [sys.executable, "-m", "copier"]


def without_traceback(record: logging.LogRecord) -> bool:
    record.exc_info = None
    return True
