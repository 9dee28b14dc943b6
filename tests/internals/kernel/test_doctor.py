"""`flask doctor --deploy` checks the settings of production in any environment."""

import pytest
from flask import Flask

BAD_SETTINGS = [
    ("FLASK_DEBUG", "1", "middleware.debug"),
    ("LOG_LEVEL", "DEBUG", "logs.level"),
    ("MAX_CONTENT_LENGTH", str(10**9), "strict_json.body_size"),
    ("SECRET_KEY", "", "settings.secret_key"),
    ("SECRET_KEY", "x" * 40, "settings.secret_key"),
    ("TRUSTED_HOSTS", "", "middleware.trusted_hosts"),
    ("TRUSTED_HOSTS", "*", "middleware.trusted_host"),
    ("TRUSTED_HOSTS", "api.example.com,.com", "middleware.trusted_host"),
    ("TRUSTED_PROXIES", "0", "middleware.trusted_proxies"),
    ("TRUSTED_PROXIES", "one", "settings.unreadable"),
    ("TRUSTED_PROXIES", "-1", "settings.unreadable"),
]

GOOD_SETTINGS = {
    "LOG_LEVEL": "INFO",
    "SECRET_KEY": "correct horse battery staple, and more",
    "TRUSTED_HOSTS": "api.example.com",
    "TRUSTED_PROXIES": "1",
}


@pytest.fixture(autouse=True)
def good_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment variables to valid values."""
    for variable, value in GOOD_SETTINGS.items():
        monkeypatch.setenv(variable, value)


@pytest.mark.parametrize(("variable", "value", "code"), BAD_SETTINGS)
def test_a_bad_setting_is_reported(
    app: Flask, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, code: str
) -> None:
    monkeypatch.setenv(variable, value)

    result = app.test_cli_runner().invoke(args=["doctor", "--deploy", "--fail-level", "warning"])

    assert result.exit_code == 1
    assert f"({code})" in result.output
    assert variable in result.output


def test_good_settings_of_the_kernel_are_not_reported(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["doctor", "--deploy"])

    assert not [code for *_, code in BAD_SETTINGS if code in result.output]


def test_without_deploy_the_current_environment_is_checked(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY")

    result = app.test_cli_runner().invoke(args=["doctor"])

    assert (result.exit_code, result.output) == (0, "doctor: no warnings\n")
