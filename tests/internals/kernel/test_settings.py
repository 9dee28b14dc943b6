"""Settings are typed, and all errors are reported at once."""

import re
import stat
from pathlib import Path

import pytest

from sample import create_app
from sample.settings import ConfigurationError

PRODUCTION = {"APP_ENV": "production"}


@pytest.fixture(autouse=True)
def no_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test in an empty directory with the kernel's variables unset."""
    monkeypatch.chdir(tmp_path)
    for variable in ("APP_ENV", "SECRET_KEY", "TRUSTED_HOSTS", "TRUSTED_PROXIES"):
        monkeypatch.delenv(variable, raising=False)


def production_error() -> str:
    """Return the message with which production refuses to start."""
    with pytest.raises(ConfigurationError) as refused:
        create_app(PRODUCTION)
    return refused.value.message


def test_development_starts_without_any_variable() -> None:
    assert create_app().config["APP_ENV"] == "development"


def test_development_creates_its_secret_key_once() -> None:
    first, second = create_app().config["SECRET_KEY"], create_app().config["SECRET_KEY"]

    assert first == second
    assert len(first) >= 32
    assert stat.S_IMODE(Path("instance/secret_key").stat().st_mode) == 0o600


def test_a_secret_key_from_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "given, and long enough to sign with")

    assert create_app().config["SECRET_KEY"] == "given, and long enough to sign with"
    assert not Path("instance/secret_key").exists()


def test_production_lists_every_invalid_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "many")

    message = production_error()

    assert "SECRET_KEY is not set" in message
    assert "TRUSTED_HOSTS is not set" in message
    assert re.search("TRUSTED_PROXIES: .*integer", message)


def test_production_accepts_a_strong_secret_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "correct horse battery staple, and more")

    assert "SECRET_KEY" not in production_error()


def test_an_unknown_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "staging")

    with pytest.raises(ConfigurationError, match="development, testing, production"):
        create_app()
