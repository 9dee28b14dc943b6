"""The transcripts in docs/change-your-mind.md are up to date."""

from pathlib import Path

from tests.life.transcripts import PAGE, create_parcels, with_current_output


def test_the_page_shows_the_current_output_of_its_commands(tmp_path: Path) -> None:
    text = PAGE.read_text("utf-8")

    assert with_current_output(text, create_parcels(tmp_path)) == text
