"""Only one command runs in a service at a time, and a killed one releases its lock."""

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
def lock_holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the lock."""
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


@pytest.mark.usefixtures("lock_holder")
def test_a_second_command_is_refused(tmp_path: Path) -> None:
    message = "^Another flaskwright command runs in this service: wait until it ends.$"

    with pytest.raises(CommandError, match=message), locked(tmp_path / "state"):
        pytest.fail("both hold the lock")


def test_the_lock_ends_with_its_process(
    lock_holder: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    lock_holder.kill()
    lock_holder.wait()

    with locked(tmp_path / "state"):
        pass


def test_an_error_releases_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "state"):
        raise ZeroDivisionError

    with locked(tmp_path / "state"):
        pass


def test_only_the_owner_can_read_the_state_folder(tmp_path: Path) -> None:
    with locked(tmp_path / "git" / "state"):
        assert (tmp_path / "git" / "state").stat().st_mode & 0o777 == 0o700


def test_a_state_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    message = "^Nothing was changed; cannot lock .*/file/state: Not a directory. Correct that "
    with pytest.raises(CommandError, match=message), locked(tmp_path / "file" / "state"):
        pytest.fail("locked in a file")
