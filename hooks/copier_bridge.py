"""A Jinja extension that gives cookiecutter's hook the template's path and the command for Copier.

cookiecutter loads extensions before it prompts, so a missing Copier is reported first.
"""

import logging
import shutil
import sys
from importlib import metadata
from pathlib import Path

from jinja2 import Environment
from jinja2.ext import Extension

ROOT = Path(__file__).resolve().parents[1]


class CopierBridge(Extension):
    """Adds `template_root` and `copier` to the variables with which hooks are rendered."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals.update(template_root=str(ROOT), copier=copier_command())
        # The hook prints why it failed; cookiecutter's traceback would add nothing.
        logging.getLogger("cookiecutter.hooks").addFilter(remove_traceback)


def copier_command() -> list[str]:
    """Return the command that starts Copier.

    Raises `ImportError` if Copier is not installed; cookiecutter prints its message on one line.
    """
    try:
        metadata.version("copier")
    except metadata.PackageNotFoundError:
        if executable := shutil.which("copier"):
            return [executable]
        raise ImportError(
            "Copier, which generates the service, is not installed: install it in "
            'cookiecutter\'s environment, for example with `pip install "copier>=9.17.2,<10"`.'
        ) from None
    return [sys.executable, "-m", "copier"]


def remove_traceback(record: logging.LogRecord) -> bool:
    """Remove the traceback from a log record, and keep the record."""
    record.exc_info = None
    return True
