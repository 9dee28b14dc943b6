"""An interrupted or killed `flaskwright new` writes the complete service or changes nothing.

Processes get Ctrl-C, SIGTERM or SIGKILL at instants spread over the duration of a run.
"""

import json
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
from tests.commands import rest_after
from tests.template import files
from tests.terminal import Terminal
from tests.tool.conftest import USER_FILES, run_new

INSTANTS = (0.7, 0.3, 0.5, 0.1, 0.9)  # as parts of the duration of a run
KILLED_WHILE_LINKING = """
import os, pathlib, signal, sys
from flaskwright.cli import main as cli
from flaskwright.signals import SignalGuard
left = [int(sys.argv[1])]
real_link, real_replace = os.link, pathlib.Path.replace
def link(source, target):
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    real_link(source, target)
def replace(path, target):
    done = real_replace(path, target)
    if target.name == "done.json":
        os.kill(os.getpid(), signal.SIGKILL)
    return done
os.link, pathlib.Path.replace = link, replace
cli.run(sys.argv[2:], SignalGuard())
"""


def arguments(template: Path, destination: Path) -> list[str]:
    """Return the arguments of `flaskwright` for a new service."""
    return ["new", str(destination), "--template", str(template), "--defaults"]


def start(template: Path, destination: Path) -> "subprocess.Popen[str]":
    """Start `flaskwright new` in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "flaskwright", *arguments(template, destination)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def seconds(git_template: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """The duration of an uninterrupted run."""
    started = time.monotonic()
    start(git_template, tmp_path_factory.mktemp("seconds") / "service").communicate()
    return time.monotonic() - started


@pytest.fixture(scope="module")
def complete(git_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files that an uninterrupted run generates."""
    service = tmp_path_factory.mktemp("complete") / "service"
    assert run_new(git_template, service) == 0
    return files(service)


@pytest.mark.parametrize("instant", rest_after(2, INSTANTS))
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda s: s.name)
@pytest.mark.parametrize("kind", ["absent", "empty", "with files"])
def test_a_signal_leaves_the_complete_service_or_no_change(
    kind: str,
    number: signal.Signals,
    instant: float,
    seconds: float,
    complete: dict[str, bytes],
    git_template: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    service = tmp_path / "service"
    if kind == "with files":
        request.getfixturevalue("user_directory")
    elif kind == "empty":
        service.mkdir()
    before = files(tmp_path)

    process = start(git_template, service)
    time.sleep(seconds * instant)
    process.send_signal(number)
    _, errors = process.communicate(timeout=600)

    assert "Traceback" not in errors
    assert errors.count("\n") <= 1
    if process.returncode == 0:  # the signal arrived after the work
        assert files(service) == {**complete, **(USER_FILES if kind == "with files" else {})}
    else:
        assert files(tmp_path) == before
        assert service.exists() is (kind != "absent")
    assert list(tmp_path.rglob(".flaskwright-*")) == []


@pytest.fixture
def guard() -> Iterator[SignalGuard]:
    """A guard that handles this process's signals until the end of the test."""
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    guard = SignalGuard()
    guard.install()
    yield guard
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda s: s.name)
def test_a_signal_while_linking_waits(
    number: signal.Signals,
    guard: SignalGuard,
    small_template: Path,
    service_files: dict[str, bytes],
    user_directory: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = os.link

    def link(source: Path, target: Path) -> None:
        signal.raise_signal(number)
        real(source, target)

    monkeypatch.setattr(os, "link", link)

    assert run_new(small_template, user_directory, guard) == 0

    assert files(user_directory) == service_files | USER_FILES


def test_an_earlier_signal_stops_interruptible_work(guard: SignalGuard) -> None:
    signal.raise_signal(signal.SIGTERM)

    with pytest.raises(StoppedError), guard.interruptible():
        pytest.fail("not stopped")


def test_a_signal_stops_even_if_its_exception_is_suppressed(guard: SignalGuard) -> None:
    with pytest.raises(StoppedError), guard.interruptible(), suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)


def test_a_second_signal_does_not_interrupt_the_cleanup(
    guard: SignalGuard, small_template: Path, user_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, remove = Path.write_bytes, shutil.rmtree

    def interrupted_write(path: Path, content: bytes) -> int:
        signal.raise_signal(signal.SIGINT)
        return write(path, content)

    def interrupted_rmtree(path: Path, ignore_errors: bool) -> None:
        signal.raise_signal(signal.SIGINT)
        remove(path, ignore_errors)

    monkeypatch.setattr(Path, "write_bytes", interrupted_write)
    monkeypatch.setattr(shutil, "rmtree", interrupted_rmtree)

    assert run_new(small_template, user_directory, guard) == 1

    assert files(user_directory) == USER_FILES


# --- SIGKILL ----------------------------------------------------------------------------------


def kill_while_linking(template: Path, destination: Path, links: int) -> None:
    """Run `flaskwright new` and kill it after that many links, or when all files are written."""
    command = [sys.executable, "-c", KILLED_WHILE_LINKING, str(links)]
    result = subprocess.run([*command, *arguments(template, destination)], check=False)
    assert result.returncode == -signal.SIGKILL


@pytest.mark.parametrize("instant", rest_after(2, INSTANTS))
@pytest.mark.parametrize("kind", ["absent", "empty"])
def test_a_killed_run_leaves_the_complete_service_or_nothing(
    kind: str,
    instant: float,
    seconds: float,
    complete: dict[str, bytes],
    git_template: Path,
    tmp_path: Path,
) -> None:
    service = tmp_path / "service"
    if kind == "empty":
        service.mkdir()

    process = start(git_template, service)
    time.sleep(seconds * instant)
    os.killpg(process.pid, signal.SIGKILL)  # including a git process that it may wait for
    process.communicate(timeout=600)

    if service.exists() and any(service.iterdir()):
        assert files(service) == complete
    else:
        assert service.exists() is (kind == "empty")
    assert run_new(git_template, tmp_path / "next") == 0  # deletes what the killed run left
    assert {path.name for path in tmp_path.iterdir()} <= {"service", "next"}


@pytest.mark.parametrize("links", [0, 1, 12, 25])
def test_files_of_a_run_killed_while_linking_are_removed_by_the_next(
    links: int, small_template: Path, service_files: dict[str, bytes], user_directory: Path
) -> None:
    kill_while_linking(small_template, user_directory, links)
    assert len(list(user_directory.glob(".flaskwright-new-*"))) == 1

    assert run_new(small_template, user_directory) == 0

    assert files(user_directory) == service_files | USER_FILES


def test_a_file_edited_after_the_kill_is_kept(
    small_template: Path, user_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kill_while_linking(small_template, user_directory, 25)
    edited = user_directory / "Makefile"
    edited.write_text("edited")

    assert run_new(small_template, user_directory) == 1

    message = f"flaskwright: {user_directory} already has Makefile: "
    assert capsys.readouterr().err.startswith(message)
    assert files(user_directory) == {**USER_FILES, "Makefile": b"edited"}


def test_files_of_a_run_killed_after_the_last_link_are_kept(
    small_template: Path, service_files: dict[str, bytes], user_directory: Path
) -> None:
    kill_while_linking(small_template, user_directory, 1000)

    assert run_new(small_template, user_directory) == 1  # the files exist: none was removed

    assert files(user_directory) == service_files | USER_FILES


@pytest.mark.parametrize(("age", "kept"), [(0, True), (3600, False)])
def test_a_scratch_directory_without_a_lock_is_deleted_after_a_while(
    age: float, kept: bool, small_template: Path, tmp_path: Path
) -> None:
    scratch = tmp_path / ".flaskwright-new-abc"
    scratch.mkdir()
    os.utime(scratch, (time.time() - age, time.time() - age))

    assert run_new(small_template, tmp_path / "service") == 0

    assert scratch.exists() is kept


@pytest.mark.skipif(os.getuid() != 0, reason="only root may change a directory's owner")
def test_the_journal_of_another_user_is_ignored(small_template: Path, user_directory: Path) -> None:
    kill_while_linking(small_template, user_directory, 0)
    scratch = next(user_directory.glob(".flaskwright-new-*"))
    file = {"text": "mine\n", "executable": False}
    change = {"path": "keep.txt", "before": None, "after": file}
    (scratch / "pending.json").write_text(json.dumps({"changes": [change], "record": {}}))
    os.chown(scratch, 12345, -1)

    assert run_new(small_template, user_directory) == 0

    assert (user_directory / "keep.txt").exists()
    assert scratch.exists()


def test_the_scratch_directory_of_a_running_command_is_kept(
    small_template: Path, tmp_path: Path
) -> None:
    terminal = Terminal(tmp_path, "new", "other", "--template", small_template)
    terminal.wait_for("What is the service called?")

    assert run_new(small_template, tmp_path / "service") == 0

    assert len(list(tmp_path.glob(".flaskwright-new-*"))) == 1
    terminal.process.terminate()
    assert terminal.end() == 1
    assert {path.name for path in tmp_path.iterdir()} == {"service"}
