"""Kill processes that apply or recover the example change, and check what they leave.

This is a program of its own because it forks, which is unsafe in pytest's process: it may have
threads.
"""

import errno
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Container, Iterator
from itertools import product
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from flaskwright.apply import journal
from flaskwright.errors import CommandError
from tests.life.example_change import (
    ANSWERS,
    NEW,
    OLD,
    Folders,
    apply_change,
    create_service,
    read_tree,
    recover,
)

WRITE_CALLS = {
    "chmod", "flush", "fsync", "link", "mkdir", "open", "rename", "replace", "rmdir", "unlink",
    "write",
}  # fmt: skip


class CallCounter:
    """A profiler that counts calls of built-ins by name, and runs `action` before call `number`."""

    def __init__(
        self,
        number: int = 0,
        action: Callable[[], object] = lambda: None,
        names: Container[str] = WRITE_CALLS,
    ) -> None:
        self.number, self.action, self.names, self.made = number, action, names, 0

    def __call__(self, _: FrameType, event: str, function: Any) -> None:
        of_string = isinstance(getattr(function, "__self__", None), str)  # str.replace
        if event == "c_call" and not of_string and getattr(function, "__name__", "") in self.names:
            self.made += 1
            if self.made == self.number:
                self.action()


def count_calls(work: Callable[[Folders], object], folders: Folders) -> int:
    """Run `work`; return how many write calls it made."""
    counter = CallCounter()
    sys.setprofile(counter)
    work(folders)
    sys.setprofile(None)
    return counter.made


def run_and_die(
    work: Callable[[Folders], object],
    folders: Folders,
    call: int,
    names: Container[str] = WRITE_CALLS,
) -> NoReturn:
    """Run `work`, and kill this process just before call number `call`."""
    sys.setprofile(CallCounter(call, lambda: os.kill(os.getpid(), signal.SIGKILL), names))
    work(folders)
    os._exit(0)


def kill_at_call(work: Callable[[Folders], object], folders: Folders, call: int) -> bool:
    """Kill a child process before call number `call` of `work`; return whether it got there."""
    if not (child := os.fork()):
        run_and_die(work, folders, call)
    return _was_killed(child)


def kill_after_seconds(work: Callable[[Folders], object], folders: Folders, seconds: float) -> bool:
    """Kill a child process `seconds` after it starts `work`; return whether it still ran."""
    if not (child := os.fork()):
        work(folders)
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return _was_killed(child)


def _was_killed(child: int) -> bool:
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), f"the child failed with status {status}"
    return status == signal.SIGKILL


def check_recovery(folders: Folders) -> None:
    """Check that recovery leaves the old or the new tree and its record, and that a retry works."""
    state, root = folders
    tree = read_tree(root)
    assert tree == NEW or tree[ANSWERS] == OLD[ANSWERS], "the answers were written too early"

    recover(folders)

    tree = read_tree(root)
    assert tree in (OLD, NEW), tree
    done = journal.last_change(state)
    assert done
    assert done.record == {"to": "new" if tree == NEW else "old"}
    assert {path.name for path in state.iterdir()} == {"lock", journal.DONE}
    if tree == OLD:
        apply_change(folders)
    assert read_tree(root) == NEW


def kill_at_sampled_calls(services: Iterator[Folders], number: int) -> None:
    """Kill `number` changes and their recoveries, at pairs of calls spread over all pairs."""
    last = count_calls(apply_change, next(services))
    pairs = [*product(range(1, last + 1), range(1, last // 2))]
    for call, again in pairs[:: len(pairs) // number]:
        folders = next(services)
        assert kill_at_call(apply_change, folders, call)
        kill_at_call(recover, folders, again)
        check_recovery(folders)


def kill_at_every_call(services: Iterator[Folders]) -> None:
    """Kill before each call of the change, and before each call of every recovery from that."""
    known_states = []
    for call in range(1, count_calls(apply_change, next(services)) + 1):
        folders = next(services)
        assert kill_at_call(apply_change, folders, call)
        if (current := [*map(read_tree, folders)]) in known_states:
            continue
        known_states.append(current)
        for again in range(1, count_calls(recover, folders) + 1):
            folders = next(services)
            kill_at_call(apply_change, folders, call)
            assert kill_at_call(recover, folders, again)
            check_recovery(folders)


def kill_at_times(services: Iterator[Folders], number: int) -> None:
    """Kill at `number` times spread over the change, and again during the recovery."""
    folders = next(services)
    start = time.monotonic()
    apply_change(folders)
    seconds = time.monotonic() - start
    killed = 0
    for instant in range(number):
        folders = next(services)
        killed += kill_after_seconds(apply_change, folders, seconds * instant / number)
        kill_after_seconds(recover, folders, seconds / 2 * (instant * 0.618 % 1))
        check_recovery(folders)
    assert killed, "every change was applied before it was killed"


def fail_at_every_call(services: Iterator[Folders]) -> None:
    """Fail each write call of the change in turn, and check that the change is atomic."""

    def fail() -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    failed = 0
    for call in range(1, count_calls(apply_change, next(services)) + 1):
        folders = next(services)
        sys.setprofile(CallCounter(call, fail))  # Python removes a profiler that raises
        message = None
        try:
            apply_change(folders)
        except CommandError as error:
            message = str(error)
        if message:
            failed += 1
            assert re.fullmatch(
                "(Nothing was changed|The service is as it was); cannot (lock|write).*. "
                "Correct that and try again.",
                message,
            ), message
            assert read_tree(folders.root) == OLD
            check_recovery(folders)
        else:  # a directory that cannot be removed stays, empty
            assert {path: file for path, file in read_tree(folders.root).items() if file} == NEW
    assert failed > len(NEW)


def _services(scratch: str) -> Iterator[Folders]:
    while True:
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            yield create_service(Path(folder))


if __name__ == "__main__":
    scratch, mode, number = sys.argv[1:]
    match mode:
        case "calls":
            kill_at_sampled_calls(_services(scratch), int(number))
        case "times":
            kill_at_times(_services(scratch), int(number))
        case "every":
            kill_at_every_call(_services(scratch))
        case "failing":
            fail_at_every_call(_services(scratch))
