"""The mistakes that `make mutations` makes can still be made."""

from pathlib import Path

import pytest

from scripts.mutations import MUTATIONS, ROOT


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation["mistake"])
def test_a_mistake_can_be_made(mutation: dict[str, str]) -> None:
    assert mutation["replace"] in Path(ROOT, mutation["file"]).read_text("utf-8")
