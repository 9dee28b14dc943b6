"""Settings are typed, and everything wrong with them is said at once."""

import re
import stat
from pathlib import Path

import pytest

from sample import create_app
from sample.settings import ConfigurationError

PRODUCTION = {"APP_ENV": "production"}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty directory with none of the service's variables set."""
    monkeypatch.chdir(tmp_path)
    for variable in ("APP_ENV", "SECRET_KEY", "TRUSTED_HOSTS", "TRUSTED_PROXIES"):
        monkeypatch.delenv(variable, raising=False)


def refusal() -> str:
    with pytest.raises(ConfigurationError) as refused:
        create_app(PRODUCTION)
    return refused.value.message


def test_development_starts_without_any_variable() -> None:
    assert create_app().config["APP_ENV"] == "development"


def test_development_makes_its_own_secret_once() -> None:
    first, second = create_app().config["SECRET_KEY"], create_app().config["SECRET_KEY"]

    assert first == second
    assert len(first) >= 32
    assert stat.S_IMODE(Path("instance/secret_key").stat().st_mode) == 0o600


def test_a_given_secret_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "given, and long enough to sign with")

    assert create_app().config["SECRET_KEY"] == "given, and long enough to sign with"
    assert not Path("instance/secret_key").exists()


def test_production_names_everything_it_lacks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "many")

    message = refusal()

    assert "SECRET_KEY is not set" in message
    assert "TRUSTED_HOSTS is not set" in message
    assert re.search("TRUSTED_PROXIES: .*integer", message)


def test_production_accepts_a_strong_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "correct horse battery staple, and more")

    assert "SECRET_KEY" not in refusal()


def test_an_unknown_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "staging")

    with pytest.raises(ConfigurationError, match="development, testing, production"):
        create_app()
