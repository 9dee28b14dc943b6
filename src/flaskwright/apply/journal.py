"""A change of many files: all of it or nothing, at whatever instant its process is killed.

Every old and every new byte is in a journal, one file in the tool's state folder, before the first
file of the service changes. It is a `draft` while the change is prepared, `pending` from the one
instant at which the change is decided on, and `done` when all of it is in the tree: then it is what
undo starts from. Each of these steps is one rename.

New files are written beside their targets before that instant, so that a full or read-only disk is
met while nothing has changed. After it there are only renames and deletions.

The next run carries a pending journal forward. A path that is neither as it was nor as it is to be
was changed by somebody since: it is left alone and named, and the rest is finished. Where nothing
of the change is in the tree, because it had not begun or because somebody took it back with git, it
is forgotten. So no byte of a user's is overwritten, and no journal is in the way for ever.

Whoever calls holds the lock (`lock.locked`), and called `recover` before the change was planned.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import CommandError, some
from ..files import File
from .atomic_files import PREFIX, Change, clear, look, move, obstacles, stage, sync

__all__ = ["Change", "Done", "apply", "forget", "last", "recover", "require_room"]

DRAFT, PENDING, DONE = "draft.json", "pending.json", "done.json"


@dataclass(frozen=True)
class Done:
    """A change that was made, and what its maker recorded about it.

    `kept` names the paths that somebody changed between a kill and the recovery.
    """

    changes: tuple[Change, ...]
    record: Mapping[str, Any]
    kept: tuple[str, ...] = ()


def recover(folder: Path, root: Path) -> Done | None:
    """Clear up after a killed run; return the change that this finished, if there was one.

    May be killed itself. Raises `CommandError` where nothing can be written; the tree is then as
    it was before the killed run, if that can be.
    """
    with _refusing():
        if (folder / DRAFT).exists():
            with suppress(ValueError):  # half a draft: no file was written to the service yet
                clear(root, _read(folder / DRAFT).changes)
            (folder / DRAFT).unlink()
    if not (folder / PENDING).exists():
        return None
    journal = _trusted(folder / PENDING)
    changes = journal.changes
    with _all_or_nothing(folder, root, changes):
        if not any(look(root, each.path) == each.after for each in changes):
            _take_back(folder, root, changes)
            return None
        clear(root, changes)
        kept = move(root, changes, stage(root, changes))
        _rename(folder, PENDING, DONE)
    return replace(journal, kept=tuple(kept))


def apply(
    folder: Path, root: Path, changes: Sequence[Change], *, last: str, record: Mapping[str, Any]
) -> None:
    """Make the changes, the one of the path `last` after all others.

    What `last()` then returns has them and `record`, a mapping of what JSON knows. Raises
    `CommandError`, with the tree as it was, where a path is not as its change says, or cannot be
    written.
    """
    require_room(root, changes)
    ordered = tuple(
        sorted(
            (each for each in changes if each.before != each.after),
            key=lambda each: (each.path == last, each.after is not None, each.path),
        )
    )
    with _all_or_nothing(folder, root, ordered):
        _write(folder / DRAFT, Done(ordered, record))
        staged = stage(root, ordered)
        _rename(folder, DRAFT, PENDING)
        if edited := move(root, ordered, staged):
            raise CommandError(
                f"Nothing was changed; somebody changed {some(edited)} meanwhile: try again."
            )
        _rename(folder, PENDING, DONE)


def require_room(root: Path, changes: Sequence[Change]) -> None:
    """Raise `CommandError` where something is in the way of the changes."""
    with _refusing():
        if found := obstacles(root, changes):
            what_to_do = [f"{act}: {some(paths)}" for act, paths in found.items()]
            raise CommandError(f"Nothing was changed; {'; '.join(what_to_do)}; then try again.")


def last(folder: Path) -> Done | None:
    """Return the change that was made last, unless it was forgotten."""
    return _trusted(folder / DONE) if (folder / DONE).exists() else None


def forget(folder: Path) -> None:
    """Drop the change that was made last: it was undone."""
    with _refusing():
        (folder / DONE).unlink(missing_ok=True)


@contextmanager
def _all_or_nothing(folder: Path, root: Path, changes: Sequence[Change]) -> Iterator[None]:
    """Take the changes back when anything is raised; system errors become `CommandError`."""
    try:
        with _refusing():
            yield
    except BaseException as reason:
        try:
            _take_back(folder, root, changes)
        except OSError as worse:
            raise CommandError(
                f"{_told(worse)}, and the change is half made: put that right and try again, "
                f"or give it up by deleting {folder / PENDING}."
            ) from reason
        raise


def _take_back(folder: Path, root: Path, changes: Sequence[Change]) -> None:
    clear(root, changes)
    if (folder / PENDING).exists():
        back = [each.reverse() for each in reversed(changes)]
        move(root, back, stage(root, back))
        (folder / PENDING).unlink()
    (folder / DRAFT).unlink(missing_ok=True)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except OSError as reason:
        raise CommandError(
            f"The service is as it was; {_told(reason)}: put that right and try again."
        ) from reason


def _told(reason: OSError) -> str:
    where = Path(reason.filename2 or reason.filename or "")
    if where.name.startswith(PREFIX):
        where = where.parent
    return f"cannot write{f' {where}' if where.name else ''}: {reason.strerror or reason}"


# --- the journal's file -----------------------------------------------------------------------


def _write(path: Path, journal: Done) -> None:
    changes = [
        {"path": each.path, "before": _packed(each.before), "after": _packed(each.after)}
        for each in journal.changes
    ]
    with path.open("wb") as file:
        file.write(json.dumps({"changes": changes, "record": journal.record}).encode())
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> Done:
    """Read a journal; raises `ValueError` where it is not whole."""
    journal = json.loads(path.read_bytes())
    changes = [
        Change(each["path"], _unpacked(each["before"]), _unpacked(each["after"]))
        for each in journal["changes"]
    ]
    return Done(tuple(changes), journal["record"])


def _trusted(path: Path) -> Done:
    """Read a journal that can only be broken where a disk lost it."""
    try:
        return _read(path)
    except (OSError, ValueError, LookupError, TypeError) as reason:
        raise CommandError(
            f"{path} is broken: delete it, and see what git says has changed."
        ) from reason


def _packed(file: File | None) -> dict[str, Any] | None:
    """Return a file as JSON: text where it is text, and any other byte as a lone surrogate."""
    if file is None:
        return None
    text = file.content.decode("utf-8", "surrogateescape")
    return {"text": text, "executable": file.executable}


def _unpacked(packed: Mapping[str, Any] | None) -> File | None:
    if packed is None:
        return None
    return File(packed["text"].encode("utf-8", "surrogateescape"), packed["executable"])


def _rename(folder: Path, old: str, new: str) -> None:
    (folder / old).replace(folder / new)
    sync(folder)
