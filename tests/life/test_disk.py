"""A command where nothing can be written: it is refused in a line, and nothing has changed."""

import subprocess
from pathlib import Path

import pytest

from tests.life.disks import fill, mount
from tests.life.services import different, fresh, put, run, tree

Output = pytest.CaptureFixture[str]


def add_or_refuse(service: Path, output: Output) -> bool:
    """Add a bundle if that can be; where not, nothing has changed."""
    before = tree(service)
    output.readouterr()

    done = run(service, "add", "cache") == 0

    told = output.readouterr().err
    assert told == "" if done else told.startswith("flaskwright: ")
    assert told.count("\n") == (not done)
    assert done or different(tree(service), before) == []
    assert not list(service.rglob(".flaskwright-*"))
    return done


@pytest.mark.parametrize("disk", ["16m"], indirect=True)
def test_a_full_disk(disk: Path, repository: Path, capsys: Output) -> None:
    """Wherever on its way the command meets the end of the disk."""
    service = put(disk / "service", fresh(repository, "database"))

    for left in range(0, 4000, 50):  # pages
        fill(disk, left)
        done = add_or_refuse(service, capsys)
        (disk / "filling").unlink()
        if done:
            break

    assert left > 100
    assert different(tree(service), fresh(repository, "cache", "database")) == []


@pytest.mark.parametrize("folder", [".", "src", ".git"])
def test_a_folder_that_is_read_only(
    folder: str, repository: Path, tmp_path: Path, capsys: Output
) -> None:
    service = put(tmp_path / "service", fresh(repository, "database"))
    place = service / folder
    mount("--bind", place, place)
    try:
        mount("-o", "remount,bind,ro", place)
        assert not add_or_refuse(service, capsys)
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)

    assert add_or_refuse(service, capsys)
