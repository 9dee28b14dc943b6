"""A change of many files is applied as a whole or not at all, and can be reversed."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from flaskwright.apply import journal
from flaskwright.errors import CommandError
from flaskwright.files import File, FileChange
from tests.life.example_change import (
    ANSWERS,
    NEW,
    OLD,
    Folders,
    apply_change,
    create_service,
    error_message,
    file_changes,
    read_tree,
)

A = File(b"a\n")


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """A service with the old tree."""
    return create_service(tmp_path)


def apply_one(
    folders: Folders, path: str, before: File | None = None, after: File | None = A
) -> None:
    """Apply the change of one file."""
    journal.apply(*folders, [FileChange(path, before, after)], last=ANSWERS, record={})


# --- applied changes --------------------------------------------------------------------------


def test_a_change_is_applied(folders: Folders) -> None:
    apply_change(folders)

    assert read_tree(folders.root) == NEW


def test_a_change_can_be_reversed(folders: Folders) -> None:
    apply_change(folders)

    done = journal.last_change(folders.state)
    assert done
    assert done.record == {"to": "new"}
    assert sorted(done.changes, key=lambda change: change.path) == file_changes()
    reverse = [change.reverse() for change in done.changes]
    journal.apply(*folders, reverse, last=ANSWERS, record={"to": "old"})
    assert read_tree(folders.root) == OLD


def test_an_unchanged_file_is_not_recorded(folders: Folders) -> None:
    journal.apply(
        *folders, [FileChange("app.py", OLD["app.py"], OLD["app.py"])], last="x", record={}
    )

    assert read_tree(folders.root) == OLD
    done = journal.last_change(folders.state)
    assert done
    assert done.changes == ()


def test_only_folders_that_the_change_empties_are_removed(folders: Folders) -> None:
    (folders.root / "gone" / "mine").mkdir()
    (folders.root / "mine").mkdir()

    apply_change(folders)

    assert read_tree(folders.root) == NEW | {"gone/mine": None, "mine": None}


@pytest.mark.parametrize(
    ("mode", "before", "after", "expected"),
    [
        (0o640, False, False, 0o640),
        (0o750, True, True, 0o750),
        (0o744, True, True, 0o744),
        (0o750, True, False, 0o640),
        (0o640, False, True, 0o750),
        (0o444, False, False, 0o444),
    ],
)
def test_permissions_are_kept_except_the_executable_bits(
    mode: int, before: bool, after: bool, expected: int, folders: Folders
) -> None:
    (folders.root / "app.py").chmod(mode)

    apply_one(folders, "app.py", File(OLD["app.py"].content, before), File(b"new\n", after))

    assert (folders.root / "app.py").stat().st_mode & 0o7777 == expected


def test_new_files_have_the_permissions_of_the_umask(folders: Folders) -> None:
    before = os.umask(0o027)
    try:
        apply_one(folders, "a", None, A)
        apply_one(folders, "b", None, File(b"b\n", executable=True))
    finally:
        os.umask(before)

    assert [(folders.root / name).stat().st_mode & 0o7777 for name in "ab"] == [0o640, 0o750]


# --- obstacles --------------------------------------------------------------------------------


def _other_file(root: Path) -> None:
    (root / "new.sh").write_text("untracked or ignored")


def _same_file(root: Path) -> None:
    (root / "new.sh").write_bytes(NEW["new.sh"].content)
    (root / "new.sh").chmod(0o755)


def _directory(root: Path) -> None:
    (root / "new.sh").mkdir()


def _file_inside(root: Path) -> None:
    (root / "directory" / "mine.py").write_text("mine")


def _link_inside(root: Path) -> None:
    (root / "directory" / "link").symlink_to(root / "mixed")


def _file_for_folder(root: Path) -> None:
    (root / "mixed" / "new").write_text("mine")


@pytest.mark.parametrize(
    ("block", "remedy"),
    [
        (_other_file, "move away: new.sh"),
        (_same_file, "move away: new.sh"),
        (_directory, "move away: new.sh"),
        (_file_inside, "move away: directory"),
        (_link_inside, "move away: directory"),
        (_file_for_folder, "move away: mixed/new"),
        (
            lambda root: (root / "new.sh").symlink_to("x"),
            "replace symbolic links and special files: new.sh",
        ),
        (
            lambda root: os.mkfifo(root / "new.sh"),
            "replace symbolic links and special files: new.sh",
        ),
        (
            lambda root: (root / "app.py").write_text("edited"),
            "commit or restore files edited meanwhile: app.py",
        ),
        (
            lambda root: (root / "app.py").chmod(0o755),
            "commit or restore files edited meanwhile: app.py",
        ),
        (
            lambda root: (root / "app.py").unlink(),
            "commit or restore files edited meanwhile: app.py",
        ),
        (
            lambda root: (root / "gone" / "two.py").unlink(),
            "commit or restore files edited meanwhile: gone/two.py",
        ),
    ],
)
def test_an_obstacle_is_refused_with_its_remedy(
    block: Callable[[Path], object], remedy: str, folders: Folders
) -> None:
    block(folders.root)

    assert re.fullmatch(f"Nothing was changed; {remedy}; then try again.", error_message(folders))


def test_nothing_is_written_behind_a_symbolic_link(folders: Folders, tmp_path: Path) -> None:
    (folders.root / "mixed").rename(tmp_path / "elsewhere")
    (folders.root / "mixed").symlink_to(tmp_path / "elsewhere")
    before = read_tree(tmp_path / "elsewhere")

    assert "replace symbolic links and special files: mixed;" in error_message(folders)

    assert read_tree(tmp_path / "elsewhere") == before


@pytest.mark.parametrize(
    "path", ["", ".", "..", "../x", "a/../../x", "/x", "a//b", "./a", ".git/x", "a/.GIT/x", "a\0"]
)
def test_a_path_outside_of_the_service_or_in_git_is_refused(
    path: str, folders: Folders, tmp_path: Path
) -> None:
    message = error_message(folders, lambda folders: apply_one(folders, path))

    assert "invalid paths in the template, report them to its authors: " in message

    assert {entry.name for entry in tmp_path.iterdir()} == {"root", "state"}


def test_an_error_names_five_paths_and_counts_the_others(folders: Folders) -> None:
    (folders.root / "new.sh").write_text("mine")
    for path in ("app.py", "bytes.bin", "file", "gone/two.py", "mixed/old.py", "run.sh", "tool.sh"):
        (folders.root / path).write_text("edited")

    assert error_message(folders) == (
        "Nothing was changed; commit or restore files edited meanwhile: app.py, bytes.bin, "
        "file, gone/two.py, mixed/old.py and 2 more; move away: new.sh; then try again."
    )


@pytest.mark.parametrize("path", ["run.sh", "mixed/old.py"])
def test_a_file_edited_while_the_change_is_applied_is_kept(
    path: str, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        real(source, target)
        if target.name == journal.PENDING:
            (folders.root / path).write_text("edited")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", replace)
        with pytest.raises(
            CommandError, match=f"^Nothing was changed; {path} was edited meanwhile: try again.$"
        ):
            apply_change(folders)

    assert read_tree(folders.root) == OLD | {path: File(b"edited", OLD[path].executable)}
    assert {path.name for path in folders.state.iterdir()} == {"lock", journal.DONE}


@pytest.mark.parametrize(
    ("name", "expected"),
    [(journal.PENDING, OLD), ("run.sh", OLD), (ANSWERS, OLD), (journal.DONE, NEW)],
)
def test_an_interruption_leaves_the_old_or_the_new_tree(
    name: str, expected: Mapping[str, File], folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        real(source, target)
        if target.name == name:
            monkeypatch.undo()
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        apply_change(folders)

    assert read_tree(folders.root) == expected
    assert {path.name for path in folders.state.iterdir()} == {"lock", journal.DONE}
    done = journal.last_change(folders.state)
    assert done
    assert done.record == {"to": "new" if expected == NEW else "old"}
