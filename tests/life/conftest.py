"""Fixtures: repositories with the template, and small disks."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import copier
import pytest
import yaml
from filelock import FileLock

from tests.life.disks import mount
from tests.life.services import commit_tree, git
from tests.life.shared_renderings import SharedRenderings
from tests.template import ROOT, copy_template


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the processes of a run share. Use a FileLock to write into it."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def repository(shared_folder: Path) -> Path:
    """The template in a git repository with one commit, shared by all processes; read-only."""
    folder = shared_folder / "repository"
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            commit_tree(copy_template(folder.with_name("repository-to-be")), {}).rename(folder)
    return folder


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this repository, with all its releases."""
    if git(ROOT, "rev-parse", "--is-shallow-repository").strip() == "true":
        pytest.skip("a shallow clone has no earlier releases: `git fetch --unshallow`")
    folder = tmp_path_factory.mktemp("clone")
    git(folder, "clone", "--quiet", str(ROOT), ".")
    return folder


@pytest.fixture
def shared_renderings(shared_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Share the renderings between tests and processes."""
    shared = SharedRenderings(shared_folder / "renderings", copier.run_copy)
    monkeypatch.setattr(copier, "run_copy", shared)
    monkeypatch.setattr(yaml, "SafeLoader", getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # faster


@pytest.fixture
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A small disk, of the size in the test's parameter, or 256 KB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount("-t", "tmpfs", "-o", f"size={getattr(request, 'param', '256k')}", "tmpfs", disk)
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)
