"""`flaskwright new` on a terminal: Copier's questions, and how to get out of them."""

import os
import signal
from pathlib import Path

import pytest

from tests.terminal import Terminal
from tests.tool.conftest import answers


def test_the_questions_are_asked(small: Path, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "new", "made", "--template", small, "--data", "ci=none")
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
    terminal = Terminal(tmp_path, "new", "made", "--template", small)
    terminal.wait_for("What is the service called?")
    if isinstance(how, signal.Signals):
        terminal.process.send_signal(how)
    else:
        os.write(terminal.screen, b"\x03")

    assert terminal.end() == 1
    assert "Stopped; nothing was changed." in terminal.seen
    assert "Traceback" not in terminal.seen
    assert list(tmp_path.iterdir()) == []
