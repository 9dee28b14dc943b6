"""Manifests of Vite: where they are read from, and the order of their chunks."""

import json
from pathlib import Path

import pytest

from sample import create_app, vite
from sample.environment import Environment

BUILD = {
    "main.js": {"file": "main", "imports": ["_one.js", "_two.js"]},
    "_one.js": {"file": "one", "imports": ["_two.js"]},
    "_two.js": {"file": "two", "imports": ["_three.js"]},
    "_three.js": {"file": "three", "imports": ["_one.js"]},
}


def test_each_chunk_is_loaded_once_even_if_imports_are_circular() -> None:
    app = create_app({"APP_ENV": "testing", "VITE_MANIFEST": BUILD})
    with app.app_context():
        chunks = vite.chunks_of("main.js")
    assert [chunk["file"] for chunk in chunks] == ["three", "two", "one", "main"]


def test_the_manifest_is_read_from_static(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert Path("static/vite/.vite/manifest.json") == vite.MANIFEST.relative_to(
        Path(vite.__file__).parent
    )
    monkeypatch.setattr(vite, "MANIFEST", tmp_path / "manifest.json")
    vite.MANIFEST.write_text(json.dumps(BUILD))
    assert vite.settings(Environment("production"))["VITE_MANIFEST"] == BUILD


def test_production_accepts_a_build() -> None:
    assert [*vite.checks({"VITE_DEV_SERVER": "", "VITE_MANIFEST": BUILD})] == []
