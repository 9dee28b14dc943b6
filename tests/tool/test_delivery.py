"""A service arrives whole or not at all, and no byte that was there before is touched."""

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from tests.template import files
from tests.tool.conftest import MINE, Run, new

LINKS = 25  # fewer than a service has files


# --- where it may go --------------------------------------------------------------------------


def test_parents_are_made(small: Path, whole: dict[str, bytes], tmp_path: Path) -> None:
    assert new(small, tmp_path / "a" / "b" / "made") == 0

    assert files(tmp_path / "a" / "b" / "made") == whole
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_parents_are_not_made_for_a_refusal(run: Run, small: Path, tmp_path: Path) -> None:
    assert run("new", "a/b/made", "--template", small, "--with", "x", "--defaults").returncode == 1

    assert list(tmp_path.iterdir()) == []


def test_an_empty_directory_keeps_its_mode(small: Path, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir(mode=0o750)

    assert new(small, tmp_path / "made") == 0

    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o750


def test_the_working_directory_stays_the_same_one(
    run: Run, small: Path, whole: dict[str, bytes], tmp_path: Path
) -> None:
    here = tmp_path / "made"
    here.mkdir()
    before = here.stat().st_ino

    assert run("new", ".", "--template", small, "--defaults", cwd=here).returncode == 0

    assert here.stat().st_ino == before
    assert files(here) == whole


def test_through_a_symbolic_link(small: Path, whole: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "made").symlink_to("real")

    assert new(small, tmp_path / "made") == 0

    assert (tmp_path / "made").is_symlink()
    assert files(tmp_path / "real") == whole


def test_beside_files_that_are_not_in_the_way(
    small: Path, whole: dict[str, bytes], mine: Path
) -> None:
    assert new(small, mine) == 0

    assert files(mine) == whole | MINE


def _file(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")


@pytest.mark.parametrize(
    ("prepare", "named"),
    [
        (lambda made: _file(made / "README.md"), "README.md"),
        (lambda made: (made / "README.md").mkdir(), "README.md"),
        (lambda made: (made / "README.md").symlink_to("nowhere"), "README.md"),
        (lambda made: _file(made / "tests"), "tests"),
        (lambda made: (made / "tests").symlink_to(made / "docs"), "tests"),
        (lambda made: _file(made / "tests" / "conftest.py"), "tests/conftest.py"),
    ],
)
def test_what_is_in_the_way_is_named(
    prepare: Callable[[Path], object],
    named: str,
    small: Path,
    mine: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    prepare(mine)
    before = {(path, path.lstat().st_ino) for path in mine.rglob("*")}

    assert new(small, mine) == 1

    assert capsys.readouterr().err.startswith(f"flaskwright: {mine} has {named} already: move ")
    assert {(path, path.lstat().st_ino) for path in mine.rglob("*")} == before


def test_of_many_in_the_way_some_are_named(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new(small, tmp_path / "made") == 0
    capsys.readouterr()

    assert new(small, tmp_path / "made") == 1

    told = capsys.readouterr().err
    assert ".copier-answers.yml, .dockerignore, .env.example, .flaskenv, " in told
    assert " more already: move them away, or choose another destination.\n" in told


@pytest.mark.parametrize("name", ["file", "file/made", "/proc/nowhere/made"])
def test_no_directory_can_be_there(
    name: str, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")

    assert new(small, tmp_path / name) == 1

    assert "choose another destination" in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == ""


# --- failures on the way ----------------------------------------------------------------------


def at_link(monkeypatch: pytest.MonkeyPatch, at: int, act: Callable[[Path, Path], None]) -> None:
    """Do something in place of making the link number `at`."""
    calls = iter(range(10_000))
    real = os.link

    def link(source: Path, target: Path) -> None:
        act(source, target) if next(calls) == at else real(source, target)

    monkeypatch.setattr(os, "link", link)


def full_disk(*_: Path) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("at", [0, 1, 12, LINKS])
def test_a_full_disk(
    at: int,
    small: Path,
    mine: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Path, "rename", full_disk)
    at_link(monkeypatch, at, full_disk)

    assert new(small, mine) == 1

    message = f"flaskwright: Cannot write to {mine}: No space left on device; nothing was changed."
    assert capsys.readouterr().err == message + "\n"
    assert files(mine) == MINE
    assert {path.name for path in mine.iterdir()} == {"keep.txt", "src", "docs"}


def test_a_file_that_appears_meanwhile(
    small: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.link

    def appear(source: Path, target: Path) -> None:
        target.write_text("the user's")
        real(source, target)

    at_link(monkeypatch, 7, appear)

    assert new(small, mine) == 1

    appeared = {name: text for name, text in files(mine).items() if name not in MINE}
    assert list(appeared.values()) == [b"the user's"]


def no_links(*_: Path) -> NoReturn:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def test_a_file_system_without_links(
    small: Path, whole: dict[str, bytes], mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", no_links)

    assert new(small, mine) == 0

    assert files(mine) == whole | MINE


def test_a_file_system_without_links_that_fills_up(
    small: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", no_links)
    renames = iter(range(10_000))
    real = Path.rename

    def rename(path: Path, target: Path) -> Path:
        if next(renames) == LINKS:
            full_disk()
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)

    assert new(small, mine) == 1

    assert files(mine) == MINE


def test_something_appears_where_a_whole_tree_was_to_go(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = Path.rename

    def rename(path: Path, target: Path) -> Path:
        _file(target / "theirs.txt")
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)

    assert new(small, tmp_path / "made") == 1

    assert "Directory not empty; nothing was changed." in capsys.readouterr().err
    assert files(tmp_path) == {"made/theirs.txt": b"mine"}


@pytest.mark.parametrize("git", [True, False])
def test_the_disk_is_full_while_rendering(
    git: bool, small: Path, mine: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flaskwright", "new", mine, "--template", small, "--defaults"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
        env={
            "PATH": os.environ["PATH"] if git else str(tmp_path),
            "PYTHONDONTWRITEBYTECODE": "1",  # half of it, and for good
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert git or done.stderr.endswith(": File too large.\n")
    assert files(mine) == MINE
