"""A disk that is full, or a folder that is read-only: a change is refused, and nothing changed."""

import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from flaskwright.apply import journal
from flaskwright.errors import CommandError
from flaskwright.files import File, FileChange
from tests.life.changed import (
    ANSWERS,
    NEW,
    OLD,
    Place,
    change,
    changes,
    prepare,
    recover,
    refusal,
    seen,
)
from tests.life.disks import fill, mount
from tests.life.test_journal_killed import DIE, dead

A = File(b"a\n")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return prepare(tmp_path)


@pytest.mark.parametrize("journal_too", [True, False])
def test_a_full_disk(journal_too: bool, disk: Path, tmp_path: Path) -> None:
    """With any number of pages left the change is made, or refused."""
    made = []
    for left in range(24):
        place = prepare(disk / str(left), None if journal_too else tmp_path / "state" / str(left))
        fill(disk, left)
        try:
            change(place)
        except CommandError:
            made.append(False)
        else:
            made.append(True)
        assert seen(place[1]) == (NEW if made[-1] else OLD)
        assert {path.name for path in place[0].iterdir()} == {"lock", journal.DONE}
        (disk / "filling").unlink()
        shutil.rmtree(disk / str(left))

    assert made == sorted(made)
    assert set(made) == {False, True}


def test_a_full_disk_is_told(disk: Path) -> None:
    place = prepare(disk)
    fill(disk, 0)

    told = "The service is as it was; cannot write: No space left on device: put that right and try"
    assert told in refusal(place)


@pytest.mark.parametrize("left", [0, 2, 4, 6, 8, 10])
def test_a_full_disk_after_a_kill(left: int, disk: Path) -> None:
    place = dead(DIE, 5, disk)
    fill(disk, left)

    with suppress(CommandError):
        recover(place)
    (disk / "filling").unlink()
    recover(place)

    assert seen(place[1]) in (OLD, NEW)
    assert recover(place) is None


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("gone/two.py", OLD["gone/two.py"], A),
        ("gone/two.py", OLD["gone/two.py"], None),
        ("gone/three.py", None, A),
        ("gone/four/four.py", None, A),
    ],
)
def test_a_folder_that_is_read_only(
    path: str, before: File | None, after: File | None, place: Place
) -> None:
    gone = place[1] / "gone"
    mount("--bind", gone, gone)
    try:
        mount("-o", "remount,bind,ro", gone)
        rest = [each for each in changes() if not each.path.startswith("gone/")]

        def make(place: Place) -> None:
            journal.apply(*place, [*rest, FileChange(path, before, after)], last=ANSWERS, record={})

        told = refusal(place, make)
    finally:
        subprocess.run(["umount", "--lazy", gone], check=True)

    assert re.fullmatch(
        "The service is as it was; cannot write .*/gone.*: Read-only file system.*", told
    )
    assert ".flaskwright-" not in told
