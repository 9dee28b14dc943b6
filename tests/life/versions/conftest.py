"""A template with releases, and a cache of the test's own."""

from pathlib import Path

import pytest

from tests.life.versions.history import history


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache, which is empty; and mirrors are made as where no bare ones are allowed."""
    config = tmp_path / "config"
    (config / "git").mkdir(parents=True)
    (config / "git" / "config").write_text("[safe]\nbareRepository = explicit\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A template whose releases are v1.0.0 and v1.1.0, with commits before and behind them."""
    return history(tmp_path / "template")
