"""`flask doctor --deploy` finds each insecure setting, and nothing in a secure configuration."""

import pytest

from tests.commands import rest_after
from tests.matrix.environments import Service

GOOD = {
    "APP_ENV": "production",  # in which the service does not start with an invalid setting
    "BROKER_URL": "rediss://service:n0t-t0-guess@broker.example.com:6379/0",
    "CACHE_URL": "rediss://service:n0t-t0-guess@cache.example.com:6379/0",
    "CORS_ORIGINS": "https://app.example.com",
    "DATABASE_URL": "postgresql://service:n0t-t0-guess@db.example.com/service?sslmode=verify-full",
    "MAIL_SENDER": "service@example.com",
    "MAIL_URL": "smtps://service:n0t-t0-guess@smtp.example.com",
    "METRICS_TOKEN": "a token that cannot be guessed",
    "RATE_LIMIT_URL": "rediss://service:n0t-t0-guess@limits.example.com:6379/0",
    "SECRET_KEY": "a key that cannot be guessed, of more than thirty-two bytes",
    "SENTRY_DSN": "https://key@sentry.example.com/1",
    "STRIPE_WEBHOOK_SECRETS": "whsec_current,whsec_next",
    "TRUSTED_HOSTS": "api.example.com",
    "TRUSTED_PROXIES": "1",
}
DATABASE = GOOD["DATABASE_URL"]
BAD: list[tuple[str, str | None, str]] = [
    ("SECRET_KEY", "", "settings.secret_key"),
    ("SECRET_KEY", "short", "settings.secret_key"),
    ("SECRET_KEY", "abab" * 10, "settings.secret_key"),
    ("ACCESS_TOKEN_SECONDS", "86400", "auth.access_token"),
    ("FLASK_DEBUG", "1", "middleware.debug"),
    ("TRUSTED_HOSTS", "", "middleware.trusted_hosts"),
    ("TRUSTED_HOSTS", "*", "middleware.trusted_host"),
    ("TRUSTED_HOSTS", "api.example.com,.com", "middleware.trusted_host"),
    ("TRUSTED_PROXIES", "0", "middleware.trusted_proxies"),
    ("TRUSTED_PROXIES", "-1", "settings.unreadable"),
    ("LOG_LEVEL", "DEBUG", "logs.level"),
    ("MAX_CONTENT_LENGTH", "1000000000", "strict_json.body_size"),
    ("DATABASE_URL", None, "database.url"),
    ("DATABASE_URL", "mysql://db.example.com/service", "settings.unreadable"),
    ("DATABASE_URL", "sqlite:///service.db", "database.sqlite"),
    ("DATABASE_URL", DATABASE.replace(":n0t-t0-guess", ""), "database.no_password"),
    ("DATABASE_URL", DATABASE.replace("n0t-t0-guess", "service"), "database.password"),
    ("DATABASE_URL", DATABASE.replace("verify-full", "prefer"), "database.plain"),
    ("DATABASE_URL", DATABASE.replace("//service", "//postgres"), "database.superuser"),
    ("BROKER_URL", "", "tasks.broker_url"),
    ("BROKER_URL", "filesystem://broker", "tasks.broker_url"),
    ("BROKER_URL", "rediss://broker.example.com", "tasks.broker.no_password"),
    ("BROKER_URL", "rediss://:password@broker.example.com", "tasks.broker.password"),
    ("BROKER_URL", GOOD["BROKER_URL"].replace("rediss", "redis"), "tasks.broker.plain"),
    ("REFRESH_TOKEN_SECONDS", str(180 * 24 * 3600), "auth.refresh_token"),
    ("CACHE_URL", "", "cache.url"),
    ("CACHE_URL", GOOD["BROKER_URL"], "cache.shared"),
    ("CACHE_URL", GOOD["CACHE_URL"].replace("rediss", "redis"), "cache.plain"),
    ("CORS_ORIGINS", "", "cors.origins"),
    ("MAIL_URL", "console:", "mail.url"),
    ("MAIL_URL", "smtp://smtp.example.com", "mail.plain"),
    ("MAIL_SENDER", "", "mail.sender"),
    ("RATE_LIMIT", "", "rate_limit.off"),
    ("RATE_LIMIT_URL", "", "rate_limit.url"),
    ("METRICS_TOKEN", "", "metrics.token"),
    ("METRICS_TOKEN", "short", "metrics.short_token"),
    ("SENTRY_DSN", "", "sentry.dsn"),
    ("SENTRY_TRACES_SAMPLE_RATE", "1.0", "sentry.traces"),
    ("STRIPE_WEBHOOK_SECRETS", "", "webhooks.stripe"),
    ("STRIPE_WEBHOOK_SECRETS", "whsec_current,", "settings.unreadable"),
    ("WEBHOOKS_KEEP_DAYS", "0", "settings.unreadable"),
]
DOCTOR = ("flask", "--app", "full", "doctor", "--deploy", "--fail-level", "warning")


@pytest.mark.parametrize("bad", rest_after(8, BAD), ids=str)
def test_an_insecure_setting_is_found(full: Service, bad: tuple[str, str | None, str]) -> None:
    variable, value, code = bad
    variables = {**GOOD, variable: value}
    result = full.attempt(
        *DOCTOR, **{name: text for name, text in variables.items() if text is not None}
    )

    assert result.returncode == 1
    (finding,) = [line for line in result.stdout.splitlines() if f"({code})" in line]
    assert variable in finding
    assert "n0t-t0-guess" not in result.stdout


def test_a_secure_configuration_has_no_warnings(full: Service) -> None:
    assert full.run(*DOCTOR, **GOOD) == "doctor: no warnings\n"
