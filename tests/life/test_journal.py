"""A change of many files: made whole, or refused with nothing changed; and it can be undone."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from flaskwright.apply import journal
from flaskwright.errors import CommandError
from flaskwright.files import File, FileChange
from tests.life.changed import ANSWERS, NEW, OLD, Place, change, changes, prepare, refusal, seen

A = File(b"a\n")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return prepare(tmp_path)


def one(place: Place, path: str, before: File | None = None, after: File | None = A) -> None:
    journal.apply(*place, [FileChange(path, before, after)], last=ANSWERS, record={})


# --- what is made -----------------------------------------------------------------------------


def test_it_is_made(place: Place) -> None:
    change(place)

    assert seen(place[1]) == NEW


def test_it_is_undone(place: Place) -> None:
    change(place)

    done = journal.last_change(place[0])
    assert done
    assert done.record == {"to": "new"}
    assert sorted(done.changes, key=lambda each: each.path) == changes()
    back = [each.reverse() for each in done.changes]
    journal.apply(*place, back, last=ANSWERS, record={"to": "old"})
    assert seen(place[1]) == OLD


def test_nothing_to_change(place: Place) -> None:
    journal.apply(*place, [FileChange("app.py", OLD["app.py"], OLD["app.py"])], last="x", record={})

    assert seen(place[1]) == OLD
    done = journal.last_change(place[0])
    assert done
    assert done.changes == ()


def test_folders_that_are_empty_after_it_are_removed_and_no_others(place: Place) -> None:
    (place[1] / "gone" / "mine").mkdir()
    (place[1] / "mine").mkdir()

    change(place)

    assert seen(place[1]) == NEW | {"gone/mine": None, "mine": None}


@pytest.mark.parametrize(
    ("mode", "before", "after", "then"),
    [
        (0o640, False, False, 0o640),
        (0o750, True, True, 0o750),
        (0o744, True, True, 0o744),
        (0o750, True, False, 0o640),
        (0o640, False, True, 0o750),
        (0o444, False, False, 0o444),
    ],
)
def test_permissions_stay(mode: int, before: bool, after: bool, then: int, place: Place) -> None:
    (place[1] / "app.py").chmod(mode)

    one(place, "app.py", File(OLD["app.py"].content, before), File(b"new\n", after))

    assert (place[1] / "app.py").stat().st_mode & 0o7777 == then


def test_new_files_obey_the_umask(place: Place) -> None:
    before = os.umask(0o027)
    try:
        one(place, "a", None, A)
        one(place, "b", None, File(b"b\n", executable=True))
    finally:
        os.umask(before)

    assert [(place[1] / name).stat().st_mode & 0o7777 for name in "ab"] == [0o640, 0o750]


# --- what is in the way -----------------------------------------------------------------------


def _new_file(root: Path) -> None:
    (root / "new.sh").write_text("untracked, or ignored")


def _same_file(root: Path) -> None:
    (root / "new.sh").write_bytes(NEW["new.sh"].content)
    (root / "new.sh").chmod(0o755)


def _directory(root: Path) -> None:
    (root / "new.sh").mkdir()


def _beside(root: Path) -> None:
    (root / "directory" / "mine.py").write_text("mine")


def _link_beside(root: Path) -> None:
    (root / "directory" / "link").symlink_to(root / "mixed")


def _file_above(root: Path) -> None:
    (root / "mixed" / "new").write_text("mine")


@pytest.mark.parametrize(
    ("block", "told"),
    [
        (_new_file, "move away: new.sh"),
        (_same_file, "move away: new.sh"),
        (_directory, "move away: new.sh"),
        (_beside, "move away: directory"),
        (_link_beside, "move away: directory"),
        (_file_above, "move away: mixed/new"),
        (lambda root: (root / "new.sh").symlink_to("x"), "replace .*: new.sh"),
        (lambda root: os.mkfifo(root / "new.sh"), "replace .*: new.sh"),
        (lambda root: (root / "app.py").write_text("edited"), "commit or restore .*: app.py"),
        (lambda root: (root / "app.py").chmod(0o755), "commit or restore .*: app.py"),
        (lambda root: (root / "app.py").unlink(), "commit or restore .*: app.py"),
        (lambda root: (root / "gone" / "two.py").unlink(), "commit .*: gone/two.py"),
    ],
)
def test_in_the_way(block: Callable[[Path], object], told: str, place: Place) -> None:
    block(place[1])

    assert re.fullmatch(f"Nothing was changed; {told}; then try again.", refusal(place))


def test_behind_a_symbolic_link(place: Place, tmp_path: Path) -> None:
    (place[1] / "mixed").rename(tmp_path / "elsewhere")
    (place[1] / "mixed").symlink_to(tmp_path / "elsewhere")
    there = seen(tmp_path / "elsewhere")

    assert "replace what is neither a file nor a directory: mixed;" in refusal(place)

    assert seen(tmp_path / "elsewhere") == there


@pytest.mark.parametrize(
    "path", ["", ".", "..", "../x", "a/../../x", "/x", "a//b", "./a", ".git/x", "a/.GIT/x", "a\0"]
)
def test_no_path_of_a_service(path: str, place: Place, tmp_path: Path) -> None:
    assert "no path of a service" in refusal(place, lambda place: one(place, path))

    assert {entry.name for entry in tmp_path.iterdir()} == {"root", "state"}


def test_of_many_some_are_named(place: Place) -> None:
    (place[1] / "new.sh").write_text("mine")
    for path in ("app.py", "bytes.bin", "file", "gone/two.py", "mixed/old.py", "run.sh", "tool.sh"):
        (place[1] / path).write_text("edited")

    assert refusal(place) == (
        "Nothing was changed; commit or restore what was edited meanwhile: app.py, bytes.bin, "
        "file, gone/two.py, mixed/old.py and 2 more; move away: new.sh; then try again."
    )


@pytest.mark.parametrize("path", ["run.sh", "mixed/old.py"])
def test_it_changes_at_the_last_moment(
    path: str, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        real(source, target)
        if target.name == journal.PENDING:
            (place[1] / path).write_text("edited")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", replace)
        with pytest.raises(CommandError, match=f"somebody changed {path} meanwhile: try again."):
            change(place)

    assert seen(place[1]) == OLD | {path: File(b"edited", OLD[path].executable)}
    assert {path.name for path in place[0].iterdir()} == {"lock", journal.DONE}


@pytest.mark.parametrize(
    ("name", "then"),
    [(journal.PENDING, OLD), ("run.sh", OLD), (ANSWERS, OLD), (journal.DONE, NEW)],
)
def test_an_interrupt(
    name: str, then: Mapping[str, File], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        real(source, target)
        if target.name == name:
            monkeypatch.undo()
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        change(place)

    assert seen(place[1]) == then
    assert {path.name for path in place[0].iterdir()} == {"lock", journal.DONE}
    done = journal.last_change(place[0])
    assert done
    assert done.record == {"to": "new" if then == NEW else "old"}
