"""A change of every kind, and processes that are killed while they make it.

A program, because it forks: a process with threads, as pytest's may be, should not.
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
from tests.life.changed import ANSWERS, NEW, OLD, Place, change, prepare, recover, seen

WRITING = {
    "chmod", "flush", "fsync", "mkdir", "open", "rename", "replace", "rmdir", "unlink", "write",
}  # fmt: skip


class Calls:
    """Counts calls of functions of these names, and acts just before one of them."""

    def __init__(
        self,
        number: int = 0,
        act: Callable[[], object] = lambda: None,
        names: Container[str] = WRITING,
    ) -> None:
        self.number, self.act, self.names, self.made = number, act, names, 0

    def __call__(self, _: FrameType, event: str, function: Any) -> None:
        of_text = isinstance(getattr(function, "__self__", None), str)  # which has a replace, too
        if event == "c_call" and not of_text and getattr(function, "__name__", "") in self.names:
            self.made += 1
            if self.made == self.number:
                self.act()


def calls(work: Callable[[Place], object], place: Place) -> int:
    """Do the work; return how many calls it made."""
    counting = Calls()
    sys.setprofile(counting)
    work(place)
    sys.setprofile(None)
    return counting.made


def die(
    work: Callable[[Place], object], place: Place, call: int, names: Container[str] = WRITING
) -> NoReturn:
    """Do the work; kill this process just before a call of it."""
    sys.setprofile(Calls(call, lambda: os.kill(os.getpid(), signal.SIGKILL), names))
    work(place)
    os._exit(0)


def kill(work: Callable[[Place], object], place: Place, call: int) -> bool:
    """Kill a process just before a call of the work; tell whether it came to that."""
    if not (child := os.fork()):
        die(work, place, call)
    return _killed(child)


def kill_after(work: Callable[[Place], object], place: Place, seconds: float) -> bool:
    """Kill a process that does the work after a time; tell whether it was not done."""
    if not (child := os.fork()):
        work(place)
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return _killed(child)


def _killed(child: int) -> bool:
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), f"it failed, with status {status}"
    return status == signal.SIGKILL


def check(place: Place) -> None:
    """Recover: one tree or the other is there, the record says which, the change can be made."""
    state, root = place
    there = seen(root)
    assert there == NEW or there[ANSWERS] == OLD[ANSWERS], "the answers came early"

    recover(place)

    there = seen(root)
    assert there in (OLD, NEW), there
    done = journal.last_change(state)
    assert done
    assert done.record == {"to": "new" if there == NEW else "old"}
    assert {path.name for path in state.iterdir()} == {"lock", journal.DONE}
    if there == OLD:
        change(place)
    assert seen(root) == NEW


def at_calls(places: Iterator[Place], number: int) -> None:
    """Kill before a call of the change, and before one of the recovery: spread over all pairs."""
    last = calls(change, next(places))
    pairs = [*product(range(1, last + 1), range(1, last // 2))]
    for call, again in pairs[:: len(pairs) // number]:
        place = next(places)
        assert kill(change, place, call)
        kill(recover, place, again)
        check(place)


def at_every_call(places: Iterator[Place]) -> None:
    """Kill before each call of the change, and before each of every recovery from that."""
    known = []
    for call in range(1, calls(change, next(places)) + 1):
        place = next(places)
        assert kill(change, place, call)
        if (there := [*map(seen, place)]) in known:
            continue
        known.append(there)
        for again in range(1, calls(recover, place) + 1):
            place = next(places)
            kill(change, place, call)
            assert kill(recover, place, again)
            check(place)


def at_times(places: Iterator[Place], number: int) -> None:
    """Kill at times that are spread over the change, and over the recovery."""
    place = next(places)
    began = time.monotonic()
    change(place)
    seconds = time.monotonic() - began
    struck = 0
    for instant in range(number):
        place = next(places)
        struck += kill_after(change, place, seconds * instant / number)
        kill_after(recover, place, seconds / 2 * (instant * 0.618 % 1))
        check(place)
    assert struck, "every change was made before the kill came"


def failing(places: Iterator[Place]) -> None:
    """Let each call of the change fail, one after the other: it is made whole, or not at all."""

    def fail() -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    refused = 0
    for call in range(1, calls(change, next(places)) + 1):
        place = next(places)
        sys.setprofile(Calls(call, fail))  # which ends with the first that it raises
        told = None
        try:
            change(place)
        except CommandError as refusal:
            told = str(refusal)
        if told:
            refused += 1
            assert re.fullmatch(".*; cannot (lock|write).*: put that right and .*", told), told
            assert seen(place[1]) == OLD
            check(place)
        else:  # a directory that cannot be removed is left empty
            assert {path: file for path, file in seen(place[1]).items() if file} == NEW
    assert refused > len(NEW)


def _places(scratch: str) -> Iterator[Place]:
    while True:
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            yield prepare(Path(folder))


if __name__ == "__main__":
    scratch, act, number = sys.argv[1:]
    match act:
        case "calls":
            at_calls(_places(scratch), int(number))
        case "times":
            at_times(_places(scratch), int(number))
        case "every":
            at_every_call(_places(scratch))
        case "failing":
            failing(_places(scratch))
