"""A change is atomic even if its process is killed, and the next command recovers it."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flaskwright.apply import journal
from flaskwright.errors import CommandError
from flaskwright.files import File
from tests.life.example_change import (
    NEW,
    OLD,
    Folders,
    apply_change,
    create_service,
    read_tree,
    recover,
    write_tree,
)

REPOSITORY = Path(__file__).parents[2]
MEMORY = Path("/dev/shm")  # noqa: S108  # faster than a disk; a kill loses no writes of either
KILL_AT_MOVE = """
import sys
from pathlib import Path
from tests.life.example_change import Folders, apply_change
from tests.life.kill_points import run_and_die
folders = Folders(Path(sys.argv[1]), Path(sys.argv[2]))
run_and_die(apply_change, folders, int(sys.argv[3]), {"link", "replace"})
"""
KILL_AT_FILE_SIZE = """
import resource, signal, sys
from pathlib import Path
from tests.life.example_change import Folders, apply_change
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
apply_change(Folders(Path(sys.argv[1]), Path(sys.argv[2])))
"""


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A temporary directory, in memory if possible."""
    if os.access(MEMORY, os.W_OK):
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            yield Path(folder)
    else:
        yield tmp_path_factory.mktemp("scratch")


def run_python(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run Python in the repository."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )


def kill_change(program: str, number: int, folder: Path) -> Folders:
    """Create a service and kill a change of it; `number` is the argument of `program`."""
    folders = create_service(folder)
    done = run_python("-c", program, *folders, str(number))
    assert done.returncode in (-signal.SIGKILL, -signal.SIGXFSZ), done.stderr
    return folders


@pytest.fixture
def half_written(tmp_path: Path) -> Folders:
    """A killed change: `app.py`, `bytes.bin` and `directory` are written, `run.sh` is not."""
    return kill_change(KILL_AT_MOVE, 5, tmp_path)


def test_a_change_killed_at_any_call_is_recovered(
    scratch: Path, pytestconfig: pytest.Config
) -> None:
    mode, number = ("every", "0") if pytestconfig.getoption("--all") else ("calls", "60")
    done = run_python("-m", "tests.life.kill_points", scratch, mode, number)
    assert done.returncode == 0, done.stderr


def test_a_change_killed_at_any_time_is_recovered(
    scratch: Path, pytestconfig: pytest.Config
) -> None:
    number = "500" if pytestconfig.getoption("--all") else "25"
    done = run_python("-m", "tests.life.kill_points", scratch, "times", number)
    assert done.returncode == 0, done.stderr


def test_a_change_in_which_any_call_fails_is_atomic(scratch: Path) -> None:
    done = run_python("-m", "tests.life.kill_points", scratch, "failing", "0")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("size", [0, 1, 1000, 4000])  # bytes; the journal is larger
def test_an_incomplete_journal_is_deleted(size: int, tmp_path: Path) -> None:
    folders = kill_change(KILL_AT_FILE_SIZE, size, tmp_path)
    assert (folders.state / journal.DRAFT).stat().st_size == size

    assert recover(folders) is None

    assert read_tree(folders.root) == OLD
    assert {path.name for path in folders.state.iterdir()} == {"lock", journal.DONE}


def test_a_killed_change_is_finished(half_written: Folders) -> None:
    done = recover(half_written)

    assert done
    assert done.record == {"to": "new"}
    assert done.skipped == ()
    assert read_tree(half_written.root) == NEW
    assert recover(half_written) is None


def test_recovery_keeps_files_edited_since_the_kill(half_written: Folders) -> None:
    edits = {
        "app.py": File(b"new, and edited\n"),
        "run.sh": File(b"old, and edited\n"),
        "new.sh": File(b"the user's\n"),
    }
    write_tree(half_written.root, edits)

    done = recover(half_written)

    assert done
    assert done.skipped == ("app.py", "new.sh", "run.sh")
    assert read_tree(half_written.root) == NEW | edits
    assert recover(half_written) is None


def test_recovery_keeps_a_file_edited_while_it_runs(
    half_written: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.link

    def link(source: Path, target: Path) -> None:
        real(source, target)
        (half_written.root / "run.sh").write_text("edited")

    with monkeypatch.context() as patched:
        patched.setattr(os, "link", link)
        done = recover(half_written)

    assert done
    assert done.skipped == ("run.sh",)
    assert read_tree(half_written.root) == NEW | {"run.sh": File(b"edited", executable=True)}


def test_recovery_keeps_a_changed_executable_bit(half_written: Folders) -> None:
    (half_written.root / "app.py").chmod(0o755)

    done = recover(half_written)

    assert done
    assert done.skipped == ("app.py",)
    assert read_tree(half_written.root) == NEW | {
        "app.py": File(NEW["app.py"].content, executable=True)
    }


def test_a_killed_change_that_the_user_reverted_is_dropped(half_written: Folders) -> None:
    shutil.rmtree(half_written.root)
    write_tree(half_written.root, OLD)

    assert recover(half_written) is None

    assert read_tree(half_written.root) == OLD
    done = journal.last_change(half_written.state)
    assert done
    assert done.record == {"to": "old"}


def test_recovery_writes_nothing_behind_a_symbolic_link(
    half_written: Folders, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "run.sh").write_text("run\n")
    (half_written.root / "run.sh").unlink()
    (half_written.root / "run.sh").symlink_to(tmp_path / "elsewhere" / "run.sh")
    (half_written.root / "mixed" / "new").symlink_to(tmp_path / "elsewhere")

    done = recover(half_written)

    assert done
    assert done.skipped == ("mixed/new/deep/module.py", "run.sh")
    assert read_tree(tmp_path / "elsewhere") == {"run.sh": File(b"run\n")}
    assert (half_written.root / "run.sh").is_symlink()
    assert not list(tmp_path.rglob(".flaskwright-*"))


@pytest.mark.parametrize(
    ("path", "block"),
    [("new.sh", Path.mkdir), ("mixed/new", lambda path: path.write_text("a file of the user's"))],
)
def test_a_change_that_cannot_be_finished_is_rolled_back(
    path: str, block: Callable[[Path], object], half_written: Folders
) -> None:
    block(half_written.root / path)
    mine = {path: read_tree(half_written.root)[path]}

    with pytest.raises(
        CommandError, match=f"^The service is as it was; cannot write .*/{path}.*: "
    ):
        recover(half_written)

    assert read_tree(half_written.root) == OLD | mine
    assert recover(half_written) is None


def test_an_incomplete_change_is_finished_when_the_disk_can_be_written(
    half_written: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path, *_: Path) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    with monkeypatch.context() as failing:
        failing.setattr(os, "replace", fail)
        pending = half_written.state / journal.PENDING
        message = f"The change is incomplete; cannot write .* or delete {pending} "
        with pytest.raises(CommandError, match=message):
            recover(half_written)

    assert recover(half_written)
    assert read_tree(half_written.root) == NEW


@pytest.mark.parametrize("name", [journal.DRAFT, journal.PENDING])
def test_a_change_after_the_journal_was_deleted_replaces_temporary_files(
    name: str, tmp_path: Path
) -> None:
    folders = kill_change(KILL_AT_MOVE, 1 if name == journal.DRAFT else 2, tmp_path)
    (folders.state / name).unlink()
    write_tree(folders.root, OLD)
    assert read_tree(folders.root) != OLD  # there are temporary files

    apply_change(folders)

    assert read_tree(folders.root) == NEW


def test_a_damaged_journal_is_reported(half_written: Folders) -> None:
    before = read_tree(half_written.root)
    (half_written.state / journal.PENDING).write_text("{}")

    with pytest.raises(
        CommandError, match=r"pending.json is damaged: delete it, and check `git status`"
    ):
        recover(half_written)

    assert read_tree(half_written.root) == before
