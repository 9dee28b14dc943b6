"""A command that cannot write fails with one line of error and changes nothing."""

import subprocess
from pathlib import Path

import pytest

from tests.life.disks import fill, mount
from tests.life.services import commit_tree, differing_paths, generate, run, service_files

Output = pytest.CaptureFixture[str]


def try_to_add(service: Path, output: Output) -> bool:
    """Add a bundle, or check that an error changed nothing; return whether it was added."""
    before = service_files(service)
    output.readouterr()

    added = run(service, "add", "cache") == 0

    errors = output.readouterr().err
    assert errors == "" if added else errors.startswith("flaskwright: ")
    assert errors.count("\n") == (not added)
    assert added or differing_paths(service_files(service), before) == []
    assert not list(service.rglob(".flaskwright-*"))
    return added


@pytest.mark.parametrize("disk", ["16m"], indirect=True)
def test_a_bundle_is_added_only_if_the_disk_has_space(
    disk: Path, repository: Path, capsys: Output
) -> None:
    """Try with ever more free pages, so that every step of the command meets the full disk."""
    service = commit_tree(disk / "service", generate(repository, "database"))

    for free_pages in range(0, 4000, 50):
        fill(disk, free_pages)
        added = try_to_add(service, capsys)
        (disk / "filling").unlink()
        if added:
            break

    assert free_pages > 100
    assert differing_paths(service_files(service), generate(repository, "cache", "database")) == []


@pytest.mark.parametrize("folder", [".", "src", ".git"])
def test_a_bundle_is_not_added_in_a_read_only_folder(
    folder: str, repository: Path, tmp_path: Path, capsys: Output
) -> None:
    service = commit_tree(tmp_path / "service", generate(repository, "database"))
    directory = service / folder
    mount("--bind", directory, directory)
    try:
        mount("-o", "remount,bind,ro", directory)
        assert not try_to_add(service, capsys)
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)

    assert try_to_add(service, capsys)
