"""`flaskwright new` on a terminal: Copier's questions, and how to interrupt them."""

import os
import re
import signal
from pathlib import Path

import pytest

from flaskwright.catalog.reading import read
from tests.terminal import Terminal
from tests.tool.conftest import answers

ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def test_prompts_are_answered_on_a_terminal(small_template: Path, tmp_path: Path) -> None:
    terminal = Terminal(
        tmp_path, "new", "service", "--template", small_template, "--data", "ci=none"
    )
    terminal.wait_for("What is the service called?")
    terminal.answer("\x15Parcel Tracker")
    terminal.wait_for("parcel_tracker")
    terminal.answer()
    for text in ("in one sentence", "Who is its author", "e-mail", "license", "preset"):
        terminal.wait_for(text)
        terminal.answer()
    terminal.wait_for("data / desk: The desk bundle (adds store)")
    assert "http / page: The page bundle" in terminal.seen
    terminal.answer()
    terminal.wait_for("broker")
    terminal.answer()
    terminal.wait_for("Next:")

    assert terminal.end() == 0
    assert answers(tmp_path / "service")["project_name"] == "Parcel Tracker"
    assert answers(tmp_path / "service")["extensions"] == ["store", "tasks"]


def test_forty_bundles_are_shown_in_full_in_80_columns(template: Path, tmp_path: Path) -> None:
    catalog = read(template)
    terminal = Terminal(
        tmp_path, "new", "service", "--template", template, "--data=preset=api", rows=200
    )
    for text in ("called?", "package", "sentence", "author", "e-mail", "license"):
        terminal.wait_for(text)
        terminal.answer()
    terminal.wait_for("tasks / tasks")
    os.write(terminal.screen, b"\x03")
    terminal.end()

    shown = " ".join(ESCAPE_SEQUENCE.sub("", terminal.seen).split())
    for bundle in map(catalog.by_id.__getitem__, catalog.pickable):
        adds = ", ".join(sorted(catalog.resolve([bundle.id]) - {bundle.id}))
        label = f"{bundle.category} / {bundle.id}: {bundle.title}"
        assert (f"{label} (adds {adds})" if adds else label) in shown


@pytest.mark.parametrize("interruption", ["key", signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_prompt_changes_nothing(
    interruption: str | signal.Signals, small_template: Path, tmp_path: Path
) -> None:
    terminal = Terminal(tmp_path, "new", "service", "--template", small_template)
    terminal.wait_for("What is the service called?")
    if isinstance(interruption, signal.Signals):
        terminal.process.send_signal(interruption)
    else:
        os.write(terminal.screen, b"\x03")

    assert terminal.end() == 1
    assert "Stopped; nothing was changed." in terminal.seen
    assert "Traceback" not in terminal.seen
    assert list(tmp_path.iterdir()) == []
