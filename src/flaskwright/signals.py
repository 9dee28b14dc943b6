"""Ctrl-C, SIGTERM and SIGHUP stop the work where it can be stopped, and wait where it cannot."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from .errors import CommandError

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
SIGNALS = [signal.Signals[name] for name in NAMES if hasattr(signal, name)]


class StoppedError(KeyboardInterrupt):
    """A signal asked to stop. Libraries know its base class, and clean up."""


class SignalGuard:
    """Holds signals back, except inside `interruptible()`: there the first one raises, once."""

    def __init__(self) -> None:
        self._struck = False
        self._open = False

    def install(self) -> None:
        """Take the signals of this process from here on."""
        for number in SIGNALS:
            signal.signal(number, self.handle)

    def ignore(self) -> None:
        """Ignore them from here on: the exit status is decided, and must tell what was done."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def handle(self, _signal: int, _frame: FrameType | None) -> None:
        """Remember the signal; raise `StoppedError` while open."""
        self._struck = True
        if self._open:
            self._open = False  # what cleans up after the first signal is not to be stopped
            raise StoppedError

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let signals stop what is done inside, also one that came before."""
        try:
            self._open = True
            if self._struck:
                raise StoppedError
            yield
        finally:
            self._open = False
        if self._struck:  # and raised where Python drops exceptions, as in a finalizer
            raise StoppedError


@contextmanager
def reporting_interruption() -> Iterator[None]:
    """Turn a signal into a refusal, in a line."""
    try:
        yield
    except KeyboardInterrupt as reason:
        raise CommandError("Stopped; nothing was changed.") from reason
