"""Ctrl-C, SIGTERM or SIGKILL at any instant: what was there before is there, and nothing half.

Real processes are struck at instants spread over the time that one takes.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from flaskwright.signals import SIGNALS, SignalGuard, StoppedError
from tests.template import files
from tests.terminal import Terminal
from tests.tool.conftest import MINE, new

INSTANTS = 5
KILLED_WHILE_FILES_ARRIVE = """
import os, pathlib, signal, sys
from flaskwright.cli import main as cli
from flaskwright.signals import SignalGuard
left = [int(sys.argv[1])]
real_link, real_unlink = os.link, pathlib.Path.unlink
def link(source, target):
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    real_link(source, target)
def unlink(path, **options):
    real_unlink(path, **options)
    if path.name == "journal.json":
        os.kill(os.getpid(), signal.SIGKILL)
os.link, pathlib.Path.unlink = link, unlink
cli.run(sys.argv[2:], SignalGuard())
"""


def command(template: Path, destination: Path) -> list[str]:
    return ["new", str(destination), "--template", str(template), "--defaults"]


def start(template: Path, destination: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "flaskwright", *command(template, destination)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def seconds(in_git: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long a run takes that nothing disturbs."""
    began = time.monotonic()
    start(in_git, tmp_path_factory.mktemp("seconds") / "made").communicate()
    return time.monotonic() - began


@pytest.fixture(scope="module")
def complete(in_git: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a run makes that nothing disturbs."""
    made = tmp_path_factory.mktemp("complete") / "made"
    assert new(in_git, made) == 0
    return files(made)


@pytest.mark.parametrize("instant", range(INSTANTS))
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda s: s.name)
@pytest.mark.parametrize("kind", ["absent", "empty", "mine"])
def test_a_signal(
    kind: str,
    number: signal.Signals,
    instant: int,
    seconds: float,
    complete: dict[str, bytes],
    in_git: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    made = tmp_path / "made"
    if kind == "mine":
        request.getfixturevalue("mine")
    elif kind == "empty":
        made.mkdir()
    before = files(tmp_path)

    process = start(in_git, made)
    time.sleep(seconds * (instant + 0.5) / INSTANTS)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)

    assert "Traceback" not in errors
    assert errors.count("\n") <= 1
    if process.returncode == 0:  # it struck after the work
        assert files(made) == {**complete, **(MINE if kind == "mine" else {})}
    else:
        assert files(tmp_path) == before
        assert made.exists() is (kind != "absent")
    assert list(tmp_path.rglob(".flaskwright-*")) == []


@pytest.fixture
def guard() -> Iterator[SignalGuard]:
    """Signals are held back in this process."""
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    guard = SignalGuard()
    guard.install()
    yield guard
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda s: s.name)
def test_a_signal_while_files_arrive_waits(
    number: signal.Signals,
    guard: SignalGuard,
    small: Path,
    whole: dict[str, bytes],
    mine: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = os.link

    def strike(source: Path, target: Path) -> None:
        signal.raise_signal(number)
        real(source, target)

    monkeypatch.setattr(os, "link", strike)

    assert new(small, mine, guard) == 0

    assert files(mine) == whole | MINE


def test_a_signal_from_before_stops_as_soon_as_it_may(guard: SignalGuard) -> None:
    signal.raise_signal(signal.SIGTERM)

    with pytest.raises(StoppedError), guard.interruptible():
        pytest.fail("not stopped")


def test_a_signal_whose_exception_a_library_drops(guard: SignalGuard) -> None:
    with pytest.raises(StoppedError), guard.interruptible(), suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)


def test_a_second_signal_does_not_stop_the_cleaning_up(
    guard: SignalGuard, small: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, remove = Path.write_bytes, shutil.rmtree

    def strike(path: Path, content: bytes) -> int:
        signal.raise_signal(signal.SIGINT)
        return write(path, content)

    def strike_again(path: Path, ignore_errors: bool) -> None:
        signal.raise_signal(signal.SIGINT)
        remove(path, ignore_errors)

    monkeypatch.setattr(Path, "write_bytes", strike)
    monkeypatch.setattr(shutil, "rmtree", strike_again)

    assert new(small, mine, guard) == 1

    assert files(mine) == MINE


# --- SIGKILL ----------------------------------------------------------------------------------


def kill_while_files_arrive(template: Path, destination: Path, links: int) -> None:
    arguments = [sys.executable, "-c", KILLED_WHILE_FILES_ARRIVE, str(links)]
    done = subprocess.run([*arguments, *command(template, destination)], check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("instant", range(INSTANTS))
@pytest.mark.parametrize("kind", ["absent", "empty"])
def test_killed(
    kind: str,
    instant: int,
    seconds: float,
    complete: dict[str, bytes],
    in_git: Path,
    tmp_path: Path,
) -> None:
    made = tmp_path / "made"
    if kind == "empty":
        made.mkdir()

    process = start(in_git, made)
    time.sleep(seconds * (instant + 0.5) / INSTANTS)
    os.killpg(process.pid, signal.SIGKILL)  # with the git that it may be waiting for
    process.communicate(timeout=120)

    if made.exists() and any(made.iterdir()):
        assert files(made) == complete
    else:
        assert made.exists() is (kind == "empty")
        assert new(in_git, made) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"made"}


@pytest.mark.parametrize("links", [0, 1, 12, 25])
def test_killed_while_files_arrive(
    links: int, small: Path, whole: dict[str, bytes], mine: Path
) -> None:
    kill_while_files_arrive(small, mine, links)
    assert len(list(mine.glob(".flaskwright-new-*"))) == 1

    assert new(small, mine) == 0

    assert files(mine) == whole | MINE


def test_what_was_edited_after_the_kill_is_kept(
    small: Path, mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kill_while_files_arrive(small, mine, 25)
    edited = mine / "Makefile"
    edited.write_text("edited")

    assert new(small, mine) == 1

    assert capsys.readouterr().err.startswith(f"flaskwright: {mine} has Makefile already")
    assert files(mine) == {**MINE, "Makefile": b"edited"}


def test_killed_after_the_last_file_arrived(
    small: Path, whole: dict[str, bytes], mine: Path
) -> None:
    kill_while_files_arrive(small, mine, 1000)

    assert new(small, mine) == 1  # everything is in the way, and so nothing was taken back

    assert files(mine) == whole | MINE


@pytest.mark.parametrize(("age", "kept"), [(0, True), (3600, False)])
def test_a_scratch_directory_that_was_not_locked_yet(
    age: float, kept: bool, small: Path, tmp_path: Path
) -> None:
    scratch = tmp_path / ".flaskwright-new-abc"
    scratch.mkdir()
    os.utime(scratch, (time.time() - age, time.time() - age))

    assert new(small, tmp_path / "made") == 0

    assert scratch.exists() is kept


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give a directory away")
def test_somebody_else_s_journal_is_not_obeyed(small: Path, mine: Path) -> None:
    kill_while_files_arrive(small, mine, 0)
    scratch = next(mine.glob(".flaskwright-new-*"))
    (scratch / "journal.json").write_text('{"files": ["keep.txt"], "folders": []}')
    os.chown(scratch, 12345, -1)

    assert new(small, mine) == 0

    assert (mine / "keep.txt").exists()
    assert scratch.exists()


def test_a_run_that_goes_on_is_left_alone(small: Path, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "new", "other", "--template", small)
    terminal.wait_for("What is the service called?")

    assert new(small, tmp_path / "made") == 0

    assert len(list(tmp_path.glob(".flaskwright-new-*"))) == 1
    terminal.process.terminate()
    assert terminal.end() == 1
    assert {path.name for path in tmp_path.iterdir()} == {"made"}
