"""An example of a change with every kind of file change, and helpers that apply and check it."""

import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from flaskwright.apply import journal
from flaskwright.apply.lock import locked
from flaskwright.errors import CommandError
from flaskwright.files import AppliedChange, File, FileChange

ANSWERS = ".copier-answers.yml"
KEPT = {"keep.txt": File(b"mine\n"), "mixed/mine.txt": File(b"mine\n")}
OLD = KEPT | {
    ANSWERS: File(b"extensions: []\n"),
    "app.py": File(b"old\n" * 100),
    "bytes.bin": File(bytes(range(256))),
    "directory/file.py": File(b"in a directory that a file replaces\n"),
    "file": File(b"a file that a directory replaces\n"),
    "gone/deep/one.py": File(b"1\n"),
    "gone/two.py": File(b"2\n"),
    "mixed/old.py": File(b"old\n"),
    "run.sh": File(b"run\n", executable=True),
    "tool.sh": File(b"tool\n"),
}
NEW = KEPT | {
    ANSWERS: File(b"extensions: [auth]\n"),
    "app.py": File("new \U0001f600\n".encode() * 100 + b"\xf0\x9f\xed\xa0\x80"),
    "bytes.bin": File(bytes(reversed(range(256)))),
    "directory": File(b"a file\n"),
    "file/inside.py": File(b"inside\n"),
    "mixed/new/deep/module.py": File(b""),
    "new.sh": File(b"new\n", executable=True),
    "run.sh": File(b"run!\n"),
    "tool.sh": File(b"tool\n", executable=True),
}


class Folders(NamedTuple):
    """The state folder of a service, and its directory."""

    state: Path
    root: Path


def file_changes(old: Mapping[str, File] = OLD, new: Mapping[str, File] = NEW) -> list[FileChange]:
    """Return the changes from `old` to `new`, by path."""
    return [
        FileChange(path, old.get(path), new.get(path))
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    ]


def write_tree(root: Path, tree: Mapping[str, File]) -> None:
    """Write the files below `root`."""
    for path, file in tree.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(file.content)
        (root / path).chmod(0o755 if file.executable else 0o644)


def read_tree(root: Path) -> dict[str, File | None]:
    """Return every file below `root`; None for an empty directory or a special file."""
    return {
        path.relative_to(root).as_posix(): File(
            path.read_bytes(), bool(path.stat().st_mode & stat.S_IXUSR)
        )
        if path.is_file()
        else None
        for path in root.rglob("*")
        if not path.is_dir() or not any(path.iterdir())
    }


def create_service(folder: Path, state: Path | None = None) -> Folders:
    """Write the old tree, and a record of an earlier change beside it or in `state`."""
    folders = Folders(state or folder / "state", folder / "root")
    write_tree(folders.root, OLD)
    with locked(folders.state):
        journal.apply(*folders, [], last=ANSWERS, record={"to": "old"})
    return folders


def recover(folders: Folders) -> AppliedChange | None:
    """Finish or roll back a killed change; return it if it was finished."""
    with locked(folders.state):
        return journal.recover(*folders)


def apply_change(folders: Folders) -> None:
    """Apply the change from the old tree to the new one."""
    with locked(folders.state):
        journal.apply(*folders, file_changes(), last=ANSWERS, record={"to": "new"})


def error_message(folders: Folders, change: Callable[[Folders], None] = apply_change) -> str:
    """Return the error of a change, which must leave the service and its last record unchanged."""
    before = read_tree(folders.root)
    with pytest.raises(CommandError) as error:
        change(folders)
    assert read_tree(folders.root) == before
    assert {path.name for path in folders.state.iterdir()} == {"lock", journal.DONE}
    done = journal.last_change(folders.state)
    assert done
    assert done.record == {"to": "old"}
    return str(error.value)
