"""The command on a terminal, as a person has it."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path


class Terminal:
    """A `flaskwright` command on a terminal."""

    def __init__(self, directory: Path, *arguments: str | Path) -> None:
        self.screen, other = pty.openpty()
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
        """Read until the text is on the screen."""
        deadline = time.monotonic() + 60
        while text not in self.seen and time.monotonic() < deadline and self._read():
            pass
        assert text in self.seen

    def answer(self, text: str = "") -> None:
        """Type the text and Enter."""
        self.type(f"{text}\r")

    def type(self, keys: str) -> None:
        """Type; what was on the screen is forgotten."""
        self.seen = ""
        os.write(self.screen, keys.encode())

    def end(self) -> int:
        """Read until the command ends; return its exit code."""
        while self._read():
            pass
        os.close(self.screen)
        return self.process.wait(60)

    def _read(self) -> bool:
        if not select.select([self.screen], [], [], 60)[0]:
            return False
        try:
            self.seen += os.read(self.screen, 65536).decode(errors="replace")
        except OSError:  # the command has ended
            return False
        return True
