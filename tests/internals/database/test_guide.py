"""The code in docs/database.md works on both engines."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask

from sample.database import db

GUIDE = Path(__file__).parents[3] / "docs" / "database.md"
IMPORTS = """
from datetime import datetime
from flask import Blueprint, Response, jsonify, request
from sqlalchemy import func, insert, select
"""


def code_under(heading: str) -> str:
    """Return the first Python block below `heading` of the guide."""
    section = GUIDE.read_text().split(f"\n## {heading}\n")[1]
    block = section.split("```python\n")[1].split("```")[0]
    return re.sub(r"(?m)^from \.", "from sample.", block)


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """A module with the code of the guide: its model and its view under load."""
    folder = tmp_path_factory.mktemp("guide")
    code = [IMPORTS, code_under("Models"), code_under("A view under load")]
    (folder / "guide_code.py").write_text("\n".join(code))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        module = import_module("guide_code")
    yield module
    db.metadata.remove(module.Parcel.__table__)


def test_the_view_under_load_adds_and_lists_rows(own_app: Flask, guide: ModuleType) -> None:
    guide.Parcel.__table__.create(db.engine)
    own_app.register_blueprint(guide.counter)
    client = own_app.test_client()

    for label in ("Lamp", "Clock"):
        assert client.post(f"/parcels?label={label}").get_json()["label"] == label

    page = client.get("/parcels").get_json()
    assert [(row["label"], row["total"]) for row in page] == [("Lamp", 2), ("Clock", 2)]
