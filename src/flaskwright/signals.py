"""Ctrl-C, SIGTERM and SIGHUP: interrupt work that may be interrupted, and wait for the rest."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from .errors import CommandError

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
SIGNALS = [signal.Signals[name] for name in NAMES if hasattr(signal, name)]


class StoppedError(KeyboardInterrupt):
    """A signal arrived. Libraries clean up because they know the base class."""


class SignalGuard:
    """Holds signals back, except inside `interruptible()`, where the first one raises, once."""

    def __init__(self) -> None:
        self._received = False
        self._interruptible = False

    def install(self) -> None:
        """Handle the signals of this process from now on."""
        sys.unraisablehook = _hide_interruption
        for number in SIGNALS:
            signal.signal(number, self.handle)

    def ignore(self) -> None:
        """Ignore the signals from now on: the work is done, and the exit code must say so."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def handle(self, _signal: int, _frame: FrameType | None) -> None:
        """Remember the signal; raise `StoppedError` if the current work may be interrupted."""
        self._received = True
        if not self._interruptible:
            return
        if signal.getsignal(signal.SIGINT) != self.handle:
            # A prompt handles Ctrl-C in its event loop, which an exception here could leave broken.
            signal.raise_signal(signal.SIGINT)
            return
        self._interruptible = False  # a second signal must not interrupt the cleanup
        raise StoppedError

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let signals interrupt the block, including one that arrived before it."""
        try:
            self._interruptible = True
            if self._received:
                raise StoppedError
            yield
        finally:
            self._interruptible = False
        if self._received:  # Python drops exceptions that are raised in a finalizer
            raise StoppedError


def _hide_interruption(unraisable: "sys.UnraisableHookArgs") -> None:
    """Print an exception that Python drops, except `StoppedError`, which is raised again later."""
    if not isinstance(unraisable.exc_value, StoppedError):
        sys.__unraisablehook__(unraisable)


@contextmanager
def reporting_interruption() -> Iterator[None]:
    """Turn an interruption into a `CommandError`."""
    try:
        yield
    except KeyboardInterrupt as reason:
        raise CommandError("Stopped; nothing was changed.") from reason
