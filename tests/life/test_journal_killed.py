"""A change that is killed at any instant, or fails anywhere, is made whole or not at all."""

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
from tests.life.changed import NEW, OLD, Place, change, lay, prepare, recover, seen

REPOSITORY = Path(__file__).parents[2]
MEMORY = Path("/dev/shm")  # noqa: S108  # a kill takes nothing from a disk, which is slower
DIE = """
import sys
from pathlib import Path
from tests.life.changed import change
from tests.life.striking import die
die(change, (Path(sys.argv[1]), Path(sys.argv[2])), int(sys.argv[3]), {"replace"})
"""
DIE_OF_SIZE = """
import resource, signal, sys
from pathlib import Path
from tests.life.changed import change
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
change((Path(sys.argv[1]), Path(sys.argv[2])))
"""


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    if os.access(MEMORY, os.W_OK):
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            yield Path(folder)
    else:
        yield tmp_path_factory.mktemp("scratch")


def python(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )


def dead(program: str, number: int, folder: Path) -> Place:
    """Return a service in which a change was killed."""
    place = prepare(folder)
    done = python("-c", program, *place, str(number))
    assert done.returncode in (-signal.SIGKILL, -signal.SIGXFSZ), done.stderr
    return place


@pytest.fixture
def half(tmp_path: Path) -> Place:
    """Killed when `app.py`, `bytes.bin` and `directory` were written, and `run.sh` was not."""
    return dead(DIE, 5, tmp_path)


def test_at_any_call(scratch: Path, pytestconfig: pytest.Config) -> None:
    act, number = ("every", "0") if pytestconfig.getoption("--all") else ("calls", "60")
    done = python("-m", "tests.life.striking", scratch, act, number)
    assert done.returncode == 0, done.stderr


def test_at_any_time(scratch: Path, pytestconfig: pytest.Config) -> None:
    number = "500" if pytestconfig.getoption("--all") else "25"
    done = python("-m", "tests.life.striking", scratch, "times", number)
    assert done.returncode == 0, done.stderr


def test_any_call_fails(scratch: Path) -> None:
    done = python("-m", "tests.life.striking", scratch, "failing", "0")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("size", [0, 1, 1000, 4000])  # bytes; the journal has more
def test_while_the_journal_is_written(size: int, tmp_path: Path) -> None:
    place = dead(DIE_OF_SIZE, size, tmp_path)
    assert (place[0] / journal.DRAFT).stat().st_size == size

    assert recover(place) is None

    assert seen(place[1]) == OLD
    assert {path.name for path in place[0].iterdir()} == {"lock", journal.DONE}


def test_it_is_finished(half: Place) -> None:
    done = recover(half)

    assert done
    assert done.record == {"to": "new"}
    assert done.skipped == ()
    assert seen(half[1]) == NEW
    assert recover(half) is None


def test_what_was_edited_since_is_kept(half: Place) -> None:
    edits = {
        "app.py": File(b"new, and edited\n"),
        "run.sh": File(b"old, and edited\n"),
        "new.sh": File(b"the user's\n"),
    }
    lay(half[1], edits)

    done = recover(half)

    assert done
    assert done.skipped == ("app.py", "new.sh", "run.sh")
    assert seen(half[1]) == NEW | edits
    assert recover(half) is None


def test_what_is_edited_meanwhile_is_kept(half: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        real(source, target)
        (half[1] / "run.sh").write_text("edited")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", replace)
        done = recover(half)

    assert done
    assert done.skipped == ("run.sh",)
    assert seen(half[1]) == NEW | {"run.sh": File(b"edited", executable=True)}


def test_only_the_executable_bit_was_edited_since(half: Place) -> None:
    (half[1] / "app.py").chmod(0o755)

    done = recover(half)

    assert done
    assert done.skipped == ("app.py",)
    assert seen(half[1]) == NEW | {"app.py": File(NEW["app.py"].content, executable=True)}


def test_it_was_taken_back_by_hand_since(half: Place) -> None:
    shutil.rmtree(half[1])
    lay(half[1], OLD)

    assert recover(half) is None

    assert seen(half[1]) == OLD
    done = journal.last_change(half[0])
    assert done
    assert done.record == {"to": "old"}


def test_a_symbolic_link_came_since(half: Place, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "run.sh").write_text("run\n")
    (half[1] / "run.sh").unlink()
    (half[1] / "run.sh").symlink_to(tmp_path / "elsewhere" / "run.sh")
    (half[1] / "mixed" / "new").symlink_to(tmp_path / "elsewhere")

    done = recover(half)

    assert done
    assert done.skipped == ("mixed/new/deep/module.py", "run.sh")
    assert seen(tmp_path / "elsewhere") == {"run.sh": File(b"run\n")}
    assert (half[1] / "run.sh").is_symlink()
    assert not list(tmp_path.rglob(".flaskwright-*"))


@pytest.mark.parametrize(
    ("path", "block"),
    [("new.sh", Path.mkdir), ("mixed/new", lambda path: path.write_text("a file of the user's"))],
)
def test_it_cannot_be_finished(path: str, block: Callable[[Path], object], half: Place) -> None:
    block(half[1] / path)
    mine = {path: seen(half[1])[path]}

    with pytest.raises(CommandError, match=f"is as it was; cannot write .*/{path}.*: put"):
        recover(half)

    assert seen(half[1]) == OLD | mine
    assert recover(half) is None


def test_it_can_neither_be_finished_nor_taken_back(
    half: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path, *_: Path) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    with monkeypatch.context() as failing:
        failing.setattr(os, "replace", fail)
        told = f"the change is half made: .* deleting {half[0] / journal.PENDING}."
        with pytest.raises(CommandError, match=told):
            recover(half)

    assert recover(half)
    assert seen(half[1]) == NEW


@pytest.mark.parametrize("name", [journal.DRAFT, journal.PENDING])
def test_its_journal_was_deleted_by_hand(name: str, tmp_path: Path) -> None:
    place = dead(DIE, 1 if name == journal.DRAFT else 2, tmp_path)
    (place[0] / name).unlink()
    lay(place[1], OLD)
    assert seen(place[1]) != OLD  # there are temporary files

    change(place)

    assert seen(place[1]) == NEW


def test_its_journal_is_broken(half: Place) -> None:
    there = seen(half[1])
    (half[0] / journal.PENDING).write_text("{}")

    with pytest.raises(CommandError, match=r"pending.json is broken: delete it, and see"):
        recover(half)

    assert seen(half[1]) == there
