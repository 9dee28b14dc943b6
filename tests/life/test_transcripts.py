"""The page on living projects shows what the commands print."""

from pathlib import Path

from tests.life.transcripts import PAGE, parcels, told_by


def test_the_page_shows_what_the_commands_print(tmp_path: Path) -> None:
    text = PAGE.read_text("utf-8")

    assert told_by(text, parcels(tmp_path)) == text
