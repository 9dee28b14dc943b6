"""The thin layer on Copier: its questions, its rendering, and its errors in one line."""

import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import copier
import yaml

from ..errors import CommandError
from ..template.source import Source, has_commit, head

ANSWERS_FILE = ".copier-answers.yml"
VALIDATION = re.compile(r"(?:Validation error for question|Invalid choice for) '(\w+)': ")


@dataclass(frozen=True)
class Rendering:
    """What a tree was made with: every answer, hidden ones too, and those in its answers file."""

    answers: Mapping[str, Any]
    recorded: Mapping[str, Any]
    unsaved: bool  # the template had changes that are in no commit


def personal_defaults() -> Mapping[str, Any]:
    """Return the person's own defaults for questions, from Copier's settings file."""
    with _one_line():
        return copier.load_settings().defaults


def render(
    source: Source, tree: Path, data: Mapping[str, Any], *, ask: bool, scratch: Path
) -> Rendering:
    """Render the template into `tree`, which is not there yet; return what it was made with.

    Questions that `data` does not answer are asked, or take their default. What Copier leaves
    behind when it is killed is in `scratch`. Raises `CommandError`.
    """
    with _one_line(), _temporary_files_in(scratch):
        worker = copier.run_copy(
            source.url,
            tree,
            data=dict(data),
            vcs_ref=source.revision or "HEAD",
            defaults=not ask,
            quiet=True,
        )
    unsaved = source.directory is not None and _record_known_commit(tree, source.directory)
    recorded = yaml.safe_load((tree / ANSWERS_FILE).read_text("utf-8"))
    return Rendering(worker.answers.combined, recorded, unsaved)


def _record_known_commit(tree: Path, template: Path) -> bool:
    """Record the template's last commit where Copier made one of its own for unsaved changes.

    Its own is gone with its clone, and no update could start from it.
    """
    path = tree / ANSWERS_FILE
    text = path.read_text("utf-8")
    commit = yaml.safe_load(text).get("_commit")
    if commit is None or has_commit(template, str(commit)):
        return False
    line = yaml.safe_dump({"_commit": head(template)})
    path.write_text(re.sub(r"(?m)^_commit: .*\n", lambda _: line, text), "utf-8", newline="\n")
    return True


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


@contextmanager
def _one_line() -> Iterator[None]:
    """Turn whatever Copier raises into a refusal, and keep its warnings to itself."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except KeyboardInterrupt:  # Copier's is an Exception, too
        raise
    except OSError as reason:
        if hasattr(reason, "stderr"):  # git's, by way of plumbum
            said = reason.stderr.strip().splitlines() or ["no message"]
            raise CommandError(f"git could not do its part: {said[-1]}") from reason
        where = f" {reason.filename}" if reason.filename else ""
        raise CommandError(f"Cannot write{where}: {reason.strerror or reason}.") from reason
    except Exception as reason:
        raise CommandError(_explain(str(reason) or type(reason).__name__)) from reason


def _explain(message: str) -> str:
    """Return Copier's message with the question's name first."""
    if match := VALIDATION.match(message):
        return f"{match[1]}: {message[match.end() :]}"
    return f"The template cannot be rendered: {message}"
