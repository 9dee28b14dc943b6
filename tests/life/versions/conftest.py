"""Fixtures: a template with releases, and an empty cache."""

from pathlib import Path

import pytest

from tests.life.versions.release_history import create_template


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache, empty. The user's git configuration refuses bare repositories."""
    config = tmp_path / "config"
    (config / "git").mkdir(parents=True)
    (config / "git" / "config").write_text("[safe]\nbareRepository = explicit\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A template with the releases v1.0.0 and v1.1.0, and commits before and after them."""
    return create_template(tmp_path / "template")
