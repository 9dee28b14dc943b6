"""Applies a change of many files atomically, whenever its process is killed.

Before the first file of the service changes, a journal in the state folder has the old and the
new content of every file. It is a draft while the change is prepared, pending while the change is
written, and done when everything is written; then `flaskwright undo` starts from it. Each
transition is one rename.

New files are written beside their targets while the journal is a draft. So a full or read-only
disk is detected before anything changes. After that, files are only renamed and deleted.

The next command finishes a pending journal. It skips and reports a file that the user edited
since. If no file of the change was written, or the user restored all of them with git, the journal
is deleted. So no edit is overwritten, and no journal blocks later commands.

Callers hold `lock.locked`, and call `recover` before they plan a change.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import CommandError, join_some
from ..files import AppliedChange, File, FileChange
from .atomic_files import PREFIX, clear, current, move, obstacles, stage, sync

UNCHANGED, RESTORED = "Nothing was changed", "The service is as it was"
DRAFT, PENDING, DONE = "draft.json", "pending.json", "done.json"


def recover(folder: Path, root: Path) -> AppliedChange | None:
    """Clean up after a killed command; return the change that this finished, or None.

    May be killed itself. Raises `CommandError` if the disk cannot be written. The service is
    then as it was before the killed command, if possible.
    """
    with _reporting_errors(RESTORED):
        if (folder / DRAFT).exists():
            with suppress(ValueError):  # an incomplete draft: no temporary file was written yet
                clear(root, _read(folder / DRAFT).changes)
            (folder / DRAFT).unlink()
    if not (folder / PENDING).exists():
        return None
    journal = _read_complete(folder / PENDING)
    changes = journal.changes
    with _atomic(folder, root, changes, RESTORED):
        if not any(current(root, change.path) == change.after for change in changes):
            _roll_back(folder, root, changes)
            return None
        clear(root, changes)
        skipped = move(root, changes, stage(root, changes))
        _rename(folder, PENDING, DONE)
    return replace(journal, skipped=tuple(skipped))


def roll_back(folder: Path, root: Path) -> None:
    """Undo what a killed command has written, except files that the user edited since.

    Raises `CommandError` if the disk cannot be written.
    """
    with _reporting_errors():
        for name in (DRAFT, PENDING):
            if (folder / name).exists():
                with suppress(ValueError):  # an incomplete draft: nothing was written yet
                    _roll_back(folder, root, _read(folder / name).changes)


def apply(
    folder: Path, root: Path, changes: Sequence[FileChange], *, last: str, record: Mapping[str, Any]
) -> None:
    """Write the changes, and the file `last` after all others.

    `last_change` then returns them with `record`, whose values are JSON's. Raises `CommandError`
    with the service unchanged if a file is not as its change expects, or cannot be written.
    """
    require_no_obstacles(root, changes)
    ordered = tuple(
        sorted(
            (change for change in changes if change.before != change.after),
            key=lambda change: (change.path == last, change.after is not None, change.path),
        )
    )
    with _atomic(folder, root, ordered):
        _write(folder / DRAFT, AppliedChange(ordered, record))
        staged = stage(root, ordered)
        _rename(folder, DRAFT, PENDING)
        if edited := move(root, ordered, staged):
            raise CommandError(
                f"Nothing was changed; {join_some(edited)} "
                f"{'was' if len(edited) == 1 else 'were'} edited meanwhile: try again."
            )
        _rename(folder, PENDING, DONE)


def require_no_obstacles(root: Path, changes: Sequence[FileChange]) -> None:
    """Raise `CommandError` if something at the paths prevents the changes."""
    with _reporting_errors():
        if found := obstacles(root, changes):
            remedies = [f"{remedy}: {join_some(paths)}" for remedy, paths in found.items()]
            raise CommandError(f"Nothing was changed; {'; '.join(remedies)}; then try again.")


def last_change(folder: Path) -> AppliedChange | None:
    """Return the last change, or None if there is none."""
    return _read_complete(folder / DONE) if (folder / DONE).exists() else None


@contextmanager
def _atomic(
    folder: Path, root: Path, changes: Sequence[FileChange], state: str = UNCHANGED
) -> Iterator[None]:
    """Roll the changes back if anything is raised; an `OSError` becomes a `CommandError`."""
    try:
        with _reporting_errors(state):
            yield
    except BaseException as reason:
        try:
            _roll_back(folder, root, changes)
        except OSError as second:
            raise CommandError(
                f"The change is incomplete; {_explain(second)}. Correct that and try again, "
                f"or delete {folder / PENDING} to give the change up."
            ) from reason
        raise


def _roll_back(folder: Path, root: Path, changes: Sequence[FileChange]) -> None:
    clear(root, changes)
    if (folder / PENDING).exists():
        reverse = [change.reverse() for change in reversed(changes)]
        move(root, reverse, stage(root, reverse))
        (folder / PENDING).unlink()
    (folder / DRAFT).unlink(missing_ok=True)


@contextmanager
def _reporting_errors(state: str = UNCHANGED) -> Iterator[None]:
    try:
        yield
    except OSError as reason:
        raise CommandError(f"{state}; {_explain(reason)}. Correct that and try again.") from reason


def _explain(reason: OSError) -> str:
    where = Path(reason.filename2 or reason.filename or "")
    if where.name.startswith(PREFIX):
        where = where.parent
    return f"cannot write{f' {where}' if where.name else ''}: {reason.strerror or reason}"


# --- the journal's file -----------------------------------------------------------------------


def _write(path: Path, journal: AppliedChange) -> None:
    changes = [
        {
            "path": change.path,
            "before": _to_json(change.before),
            "after": _to_json(change.after),
        }
        for change in journal.changes
    ]
    with path.open("wb") as file:
        file.write(json.dumps({"changes": changes, "record": journal.record}).encode())
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> AppliedChange:
    """Return a journal; raise `ValueError` if it is incomplete."""
    journal = json.loads(path.read_bytes())
    changes = [
        FileChange(change["path"], _from_json(change["before"]), _from_json(change["after"]))
        for change in journal["changes"]
    ]
    return AppliedChange(tuple(changes), journal["record"])


def _read_complete(path: Path) -> AppliedChange:
    """Return a journal that was written completely; only the disk can have damaged it."""
    try:
        return _read(path)
    except (OSError, ValueError, LookupError, TypeError) as reason:
        raise CommandError(
            f"{path} is damaged: delete it, and check `git status` for unwanted changes."
        ) from reason


def _to_json(file: File | None) -> dict[str, Any] | None:
    """Return a file as JSON. Bytes that are not UTF-8 become lone surrogates."""
    if file is None:
        return None
    text = file.content.decode("utf-8", "surrogateescape")
    return {"text": text, "executable": file.executable}


def _from_json(value: Mapping[str, Any] | None) -> File | None:
    if value is None:
        return None
    return File(value["text"].encode("utf-8", "surrogateescape"), value["executable"])


def _rename(folder: Path, old: str, new: str) -> None:
    (folder / old).replace(folder / new)
    sync(folder)
