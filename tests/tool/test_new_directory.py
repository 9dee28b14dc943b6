"""A service is put at its destination completely or not at all, and existing files are kept."""

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
from tests.tool.conftest import USER_FILES, Run, run_new

LINKS = 25  # fewer than a service has files


# --- destinations -----------------------------------------------------------------------------


def test_parent_directories_are_created(
    small_template: Path, service_files: dict[str, bytes], tmp_path: Path
) -> None:
    assert run_new(small_template, tmp_path / "a" / "b" / "service") == 0

    assert files(tmp_path / "a" / "b" / "service") == service_files
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_refused_command_creates_no_parent_directories(
    run: Run, small_template: Path, tmp_path: Path
) -> None:
    assert (
        run(
            "new", "a/b/service", "--template", small_template, "--with", "x", "--defaults"
        ).returncode
        == 1
    )

    assert list(tmp_path.iterdir()) == []


def test_an_empty_directory_keeps_its_mode(small_template: Path, tmp_path: Path) -> None:
    (tmp_path / "service").mkdir(mode=0o750)

    assert run_new(small_template, tmp_path / "service") == 0

    assert (tmp_path / "service").stat().st_mode & 0o777 == 0o750


def test_the_working_directory_is_not_replaced(
    run: Run, small_template: Path, service_files: dict[str, bytes], tmp_path: Path
) -> None:
    here = tmp_path / "service"
    here.mkdir()
    before = here.stat().st_ino

    assert run("new", ".", "--template", small_template, "--defaults", cwd=here).returncode == 0

    assert here.stat().st_ino == before
    assert files(here) == service_files


def test_a_symbolic_link_is_followed(
    small_template: Path, service_files: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "service").symlink_to("real")

    assert run_new(small_template, tmp_path / "service") == 0

    assert (tmp_path / "service").is_symlink()
    assert files(tmp_path / "real") == service_files


def test_existing_files_at_other_paths_are_kept(
    small_template: Path, service_files: dict[str, bytes], user_directory: Path
) -> None:
    assert run_new(small_template, user_directory) == 0

    assert files(user_directory) == service_files | USER_FILES


def _write_user_file(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")


@pytest.mark.parametrize(
    ("prepare", "existing"),
    [
        (lambda service: _write_user_file(service / "README.md"), "README.md"),
        (lambda service: (service / "README.md").mkdir(), "README.md"),
        (lambda service: (service / "README.md").symlink_to("nowhere"), "README.md"),
        (lambda service: _write_user_file(service / "tests"), "tests"),
        (lambda service: (service / "tests").symlink_to(service / "docs"), "tests"),
        (lambda service: _write_user_file(service / "tests" / "conftest.py"), "tests/conftest.py"),
    ],
)
def test_an_existing_path_is_named_and_kept(
    prepare: Callable[[Path], object],
    existing: str,
    small_template: Path,
    user_directory: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    prepare(user_directory)
    before = {(path, path.lstat().st_ino) for path in user_directory.rglob("*")}

    assert run_new(small_template, user_directory) == 1

    assert capsys.readouterr().err == (
        f"flaskwright: {user_directory} already has {existing}: move it away, "
        "or choose another destination.\n"
    )
    assert {(path, path.lstat().st_ino) for path in user_directory.rglob("*")} == before


def test_the_first_of_many_existing_paths_are_named(
    small_template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_new(small_template, tmp_path / "service") == 0
    capsys.readouterr()

    assert run_new(small_template, tmp_path / "service") == 1

    message = capsys.readouterr().err
    assert " already has .copier-answers.yml, .dockerignore, .env.example, .flaskenv, " in message
    assert " more: move them away, or choose another destination.\n" in message


@pytest.mark.parametrize("name", ["file", "file/service", "/proc/nowhere/service"])
def test_an_impossible_destination_is_refused(
    name: str, small_template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")

    assert run_new(small_template, tmp_path / name) == 1

    assert "choose another destination" in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == ""


# --- failures while writing -------------------------------------------------------------------


def replace_link(
    monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[Path, Path], None]
) -> None:
    """Call `act` instead of `os.link` in the call with this number."""
    calls = iter(range(10_000))
    real = os.link

    def link(source: Path, target: Path) -> None:
        act(source, target) if next(calls) == number else real(source, target)

    monkeypatch.setattr(os, "link", link)


def raise_no_space(*_: Path) -> NoReturn:
    """Fail like a write to a full disk."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("number", [0, 1, 12, LINKS])
def test_a_full_disk_leaves_nothing(
    number: int,
    small_template: Path,
    user_directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Path, "rename", raise_no_space)  # which is used if a link fails
    replace_link(monkeypatch, number, raise_no_space)

    assert run_new(small_template, user_directory) == 1

    assert capsys.readouterr().err == (
        "flaskwright: Nothing was changed; cannot write: No space left on device. "
        "Correct that and try again.\n"
    )
    assert files(user_directory) == USER_FILES
    assert {path.name for path in user_directory.iterdir()} == {"keep.txt", "src", "docs"}


def test_a_file_created_meanwhile_is_kept(
    small_template: Path, user_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.link

    def create_before(source: Path, target: Path) -> None:
        target.write_text("the user's")
        real(source, target)

    replace_link(monkeypatch, 7, create_before)

    assert run_new(small_template, user_directory) == 1

    created = {name: text for name, text in files(user_directory).items() if name not in USER_FILES}
    assert list(created.values()) == [b"the user's"]


def raise_not_permitted(*_: Path) -> NoReturn:
    """Fail like `os.link` on a file system without links."""
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def test_a_file_system_without_links_works(
    small_template: Path,
    service_files: dict[str, bytes],
    user_directory: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "link", raise_not_permitted)

    assert run_new(small_template, user_directory) == 0

    assert files(user_directory) == service_files | USER_FILES


def test_a_full_disk_without_links_leaves_nothing(
    small_template: Path, user_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", raise_not_permitted)
    renames = iter(range(10_000))
    real = Path.rename

    def rename(path: Path, target: Path) -> Path:
        if next(renames) == LINKS:
            raise_no_space()
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)

    assert run_new(small_template, user_directory) == 1

    assert files(user_directory) == USER_FILES


def test_a_directory_created_meanwhile_is_kept(
    small_template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    real = Path.rename

    def rename(path: Path, target: Path) -> Path:
        _write_user_file(target / "theirs.txt")
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)

    assert run_new(small_template, tmp_path / "service") == 1

    assert "Directory not empty; nothing was changed." in capsys.readouterr().err
    assert files(tmp_path) == {"service/theirs.txt": b"mine"}


def test_a_full_disk_while_rendering_leaves_nothing(
    small_template: Path, user_directory: Path
) -> None:
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "flaskwright",
            "new",
            user_directory,
            "--template",
            small_template,
            "--defaults",
        ],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
        env={
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",  # a truncated .pyc file would stay
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert files(user_directory) == USER_FILES
