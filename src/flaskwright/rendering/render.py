"""Renders a template with Copier, and turns its errors into one line."""

import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import copier
import plumbum
import yaml

from ..errors import CommandError
from ..service.project import ANSWERS_FILE

RECORDED = re.compile(r"(?m)^(_commit|_src_path): .*\n")
VALIDATION = re.compile(r"(?:Validation error for question|Invalid choice for) '(\w+)': ")


def personal_defaults() -> Mapping[str, Any]:
    """Return the user's own defaults for questions, from Copier's settings file."""
    with _copier_errors():
        return copier.load_settings().defaults


def render(
    template: Path, tree: Path, data: Mapping[str, Any], *, ask: bool, scratch: Path
) -> Mapping[str, Any]:
    """Render the template's files into the new directory `tree`; return what it records.

    With `ask`, Copier asks each question that `data` does not answer; otherwise it takes the
    default. Copier's temporary files are in `scratch`. `record` adds where the template is from.
    Raises `CommandError`.
    """
    # Without git on the PATH, Copier does not run `git config` for each file that it writes.
    with _copier_errors(), _temporary_files_in(scratch), plumbum.local.env(PATH=""):
        copier.run_copy(str(template), tree, data=dict(data), defaults=not ask, quiet=True)
    recorded: Mapping[str, Any] = yaml.safe_load((tree / ANSWERS_FILE).read_text("utf-8"))
    return recorded


def record(text: str, source: str, version: str | None) -> str:
    """Return an answers file with the template's location and version, as Copier writes them."""
    header = {"_commit": version, "_src_path": source} if version else {"_src_path": source}
    comment, _, answers = RECORDED.sub("", text).partition("\n")
    return f"{comment}\n{yaml.safe_dump(header)}{answers}"


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


@contextmanager
def _copier_errors() -> Iterator[None]:
    """Turn every error of Copier into a `CommandError`, and hide its warnings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except KeyboardInterrupt:  # Copier's own is an Exception, too
        raise
    except OSError as reason:
        where = f" {reason.filename}" if reason.filename else ""
        raise CommandError(f"Cannot write{where}: {reason.strerror or reason}.") from reason
    except Exception as reason:
        raise CommandError(_explain(str(reason) or type(reason).__name__)) from reason


def _explain(message: str) -> str:
    """Return Copier's message, with the question's name first if it has one."""
    if match := VALIDATION.match(message):
        return f"{match[1]}: {message[match.end() :]}"
    return (
        f"The template cannot be rendered: {message.rstrip('.')}. "
        "Check a bundle's files with `flaskwright catalog ID`."
    )
