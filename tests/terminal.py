"""Runs `flaskwright` on a pseudo-terminal."""

import os
import pty
import select
import subprocess
import sys
import termios
import time
from pathlib import Path

DEADLINE = 300  # seconds; enough on a busy machine


class Terminal:
    """A `flaskwright` command on a pseudo-terminal. `seen` is its output since the last input."""

    def __init__(self, directory: Path, *arguments: str | Path, rows: int = 24) -> None:
        self.screen, other = pty.openpty()
        termios.tcsetwinsize(other, (rows, 80))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flaskwright", *arguments],
            cwd=directory,
            env=os.environ | {"TERM": "xterm", "COLUMNS": "120"},
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
        )
        os.close(other)
        self.seen = ""

    def wait_for(self, text: str) -> None:
        """Read until the output contains the text, at most for `DEADLINE` seconds."""
        deadline = time.monotonic() + DEADLINE
        while text not in self.seen and time.monotonic() < deadline and self._read():
            pass
        assert text in self.seen

    def answer(self, text: str = "") -> None:
        """Type the text, then Enter."""
        self.type(f"{text}\r")

    def type(self, keys: str) -> None:
        """Type the keys, and clear `seen`."""
        self.seen = ""
        os.write(self.screen, keys.encode())

    def end(self) -> int:
        """Read until the command exits; return its exit code."""
        while self._read():
            pass
        os.close(self.screen)
        return self.process.wait(DEADLINE)

    def _read(self) -> bool:
        if not select.select([self.screen], [], [], DEADLINE)[0]:
            return False
        try:
            self.seen += os.read(self.screen, 65536).decode(errors="replace")
        except OSError:  # the command exited
            return False
        return True
