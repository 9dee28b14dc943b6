"""One run at a time in a service; nothing is left behind by one that was killed."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flaskwright.apply.lock import locked
from flaskwright.errors import CommandError

HOLD = """
import sys
from pathlib import Path
from flaskwright.apply.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path / "state"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    with process:
        yield process
        process.kill()


@pytest.mark.usefixtures("other")
def test_the_second_is_refused(tmp_path: Path) -> None:
    told = "Another flaskwright runs in this service: wait for it to end."

    with pytest.raises(CommandError, match=told), locked(tmp_path / "state"):
        pytest.fail("both hold it")


def test_it_dies_with_its_process(other: "subprocess.Popen[str]", tmp_path: Path) -> None:
    other.kill()
    other.wait()

    with locked(tmp_path / "state"):
        pass


def test_it_is_free_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "state"):
        raise ZeroDivisionError

    with locked(tmp_path / "state"):
        pass


def test_the_folder_is_its_owner_s(tmp_path: Path) -> None:
    with locked(tmp_path / "git" / "state"):
        assert (tmp_path / "git" / "state").stat().st_mode & 0o777 == 0o700


def test_nowhere_to_lock(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    told = "Nothing was changed; cannot lock .*/file/state: Not a directory: put that right "
    with pytest.raises(CommandError, match=told), locked(tmp_path / "file" / "state"):
        pytest.fail("locked in a file")
