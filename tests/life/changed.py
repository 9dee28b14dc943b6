"""A change of every kind: a service before and after it, and how the tool makes it."""

import stat
from collections.abc import Callable, Mapping
from pathlib import Path

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
    "directory/file.py": File(b"in a directory, and then a file is there\n"),
    "file": File(b"a file, and then a directory\n"),
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
Place = tuple[Path, Path]  # the state folder and the service


def changes(old: Mapping[str, File] = OLD, new: Mapping[str, File] = NEW) -> list[FileChange]:
    return [
        FileChange(path, old.get(path), new.get(path))
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    ]


def lay(root: Path, tree: Mapping[str, File]) -> None:
    for path, file in tree.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(file.content)
        (root / path).chmod(0o755 if file.executable else 0o644)


def seen(root: Path) -> dict[str, File | None]:
    """Return every file below `root`; None for an empty directory, and for what is neither."""
    return {
        path.relative_to(root).as_posix(): File(
            path.read_bytes(), bool(path.stat().st_mode & stat.S_IXUSR)
        )
        if path.is_file()
        else None
        for path in root.rglob("*")
        if not path.is_dir() or not any(path.iterdir())
    }


def prepare(folder: Path, state: Path | None = None) -> Place:
    """Lay the old tree, with the record of an earlier change beside it or in `state`."""
    place = state or folder / "state", folder / "root"
    lay(place[1], OLD)
    with locked(place[0]):
        journal.apply(*place, [], last=ANSWERS, record={"to": "old"})
    return place


def recover(place: Place) -> AppliedChange | None:
    with locked(place[0]):
        return journal.recover(*place)


def change(place: Place) -> None:
    with locked(place[0]):
        journal.apply(*place, changes(), last=ANSWERS, record={"to": "new"})


def refusal(place: Place, make: Callable[[Place], None] = change) -> str:
    """Return why the change was refused; the service and its last record are as they were."""
    before = seen(place[1])
    with pytest.raises(CommandError) as refused:
        make(place)
    assert seen(place[1]) == before
    assert {path.name for path in place[0].iterdir()} == {"lock", journal.DONE}
    done = journal.last_change(place[0])
    assert done
    assert done.record == {"to": "old"}
    return str(refused.value)
