"""If the disk is full or a folder is read-only, a change fails and leaves the files unchanged."""

import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from flaskwright.apply import journal
from flaskwright.errors import CommandError
from flaskwright.files import File, FileChange
from tests.life.disks import fill, mount
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
    recover,
)
from tests.life.test_journal_killed import KILL_AT_MOVE, kill_change

A = File(b"a\n")


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """A service with the old tree."""
    return create_service(tmp_path)


@pytest.mark.parametrize("journal_on_disk", [True, False])
def test_a_change_on_a_full_disk_is_atomic(
    journal_on_disk: bool, disk: Path, tmp_path: Path
) -> None:
    """Try with every number of free pages, from too few to enough."""
    applied = []
    for free_pages in range(24):
        folders = create_service(
            disk / str(free_pages),
            None if journal_on_disk else tmp_path / "state" / str(free_pages),
        )
        fill(disk, free_pages)
        try:
            apply_change(folders)
        except CommandError:
            applied.append(False)
        else:
            applied.append(True)
        assert read_tree(folders.root) == (NEW if applied[-1] else OLD)
        assert {path.name for path in folders.state.iterdir()} == {"lock", journal.DONE}
        (disk / "filling").unlink()
        shutil.rmtree(disk / str(free_pages))

    assert applied == sorted(applied)
    assert set(applied) == {False, True}


def test_the_error_names_the_full_disk(disk: Path) -> None:
    folders = create_service(disk)
    fill(disk, 0)

    assert error_message(folders) == (
        "Nothing was changed; cannot write: No space left on device. Correct that and try again."
    )


@pytest.mark.parametrize("free_pages", [0, 2, 4, 6, 8, 10])
def test_recovery_succeeds_once_the_disk_has_space(free_pages: int, disk: Path) -> None:
    folders = kill_change(KILL_AT_MOVE, 5, disk)
    fill(disk, free_pages)

    with suppress(CommandError):
        recover(folders)
    (disk / "filling").unlink()
    recover(folders)

    assert read_tree(folders.root) in (OLD, NEW)
    assert recover(folders) is None


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("gone/two.py", OLD["gone/two.py"], A),
        ("gone/two.py", OLD["gone/two.py"], None),
        ("gone/three.py", None, A),
        ("gone/four/four.py", None, A),
    ],
)
def test_a_change_in_a_read_only_folder_is_refused(
    path: str, before: File | None, after: File | None, folders: Folders
) -> None:
    gone = folders.root / "gone"
    mount("--bind", gone, gone)
    try:
        mount("-o", "remount,bind,ro", gone)
        changes = [change for change in file_changes() if not change.path.startswith("gone/")]
        changes.append(FileChange(path, before, after))
        message = error_message(
            folders, lambda folders: journal.apply(*folders, changes, last=ANSWERS, record={})
        )
    finally:
        subprocess.run(["umount", "--lazy", gone], check=True)

    assert re.fullmatch(
        "Nothing was changed; cannot write .*/gone.*: Read-only file system.*", message
    )
    assert ".flaskwright-" not in message
