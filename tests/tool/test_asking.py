"""`flaskwright new` on a terminal: Copier's questions, and how to get out of them."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.tool.conftest import answers


class Terminal:
    """`flaskwright new` on a terminal."""

    def __init__(self, directory: Path, *arguments: str | Path) -> None:
        self.screen, other = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flaskwright", "new", *arguments],
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
        self.seen = ""
        os.write(self.screen, f"{text}\r".encode())

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


def test_the_questions_are_asked(small: Path, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "made", "--template", small, "--data", "ci=none")
    terminal.wait_for("What is the service called?")
    terminal.answer("\x15Parcel Tracker")
    terminal.wait_for("parcel_tracker")
    terminal.answer()
    for text in ("in one sentence", "Who is its author", "e-mail", "license", "preset"):
        terminal.wait_for(text)
        terminal.answer()
    terminal.wait_for("The page bundle")
    terminal.answer()
    terminal.wait_for("broker")
    terminal.answer()
    terminal.wait_for("Next:")

    assert terminal.end() == 0
    assert answers(tmp_path / "made")["project_name"] == "Parcel Tracker"
    assert answers(tmp_path / "made")["extensions"] == ["store", "tasks"]


@pytest.mark.parametrize("how", ["key", signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_while_asking(how: str | signal.Signals, small: Path, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "made", "--template", small)
    terminal.wait_for("What is the service called?")
    if isinstance(how, signal.Signals):
        terminal.process.send_signal(how)
    else:
        os.write(terminal.screen, b"\x03")

    assert terminal.end() == 1
    assert "Stopped; nothing was changed." in terminal.seen
    assert "Traceback" not in terminal.seen
    assert list(tmp_path.iterdir()) == []
