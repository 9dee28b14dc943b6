"""Error tracking: report each exception in a request or task to Sentry once, without secrets.

If SENTRY_DSN is set, it starts before the app is created, in web workers and task workers.
"""

import os
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, cast
from urllib.parse import unquote

import sentry_sdk
from environs import validate
from flask import Flask
from sentry_sdk.integrations.argv import ArgvIntegration
from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.types import DataCollectionUserOptions, Event, Hint, SamplingContext
from structlog.contextvars import get_contextvars

from .checks import CheckMessage, warning
from .environment import Environment
from .logs import SENSITIVE

REDACTED = "[redacted]"
HIDDEN_MEMBERS = re.compile(SENSITIVE.pattern + "|dsn|http.query", re.IGNORECASE)
HIDDEN_VARIABLES = re.compile(HIDDEN_MEMBERS.pattern + "|auth|key", re.IGNORECASE)
UNTRACED = ("/livez", "/readyz")
COLLECT_NOTHING: DataCollectionUserOptions = {
    "cookies": {"mode": "off"},
    "database_query_data": False,
    "gen_ai": {"inputs": False, "outputs": False},
    "graphql": {"document": False, "variables": False},
    "http_bodies": [],
    "http_headers": {"request": {"mode": "off"}},
    "queues": False,
    "stack_frame_variables": False,  # a variable of any name may hold a password
    "url_query_params": {"mode": "off"},
    "user_info": False,
}


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the DSN, the environment, the release and the sample rate of traces."""
    dsn = validate.Regexp(
        r"$|https?://[^@/\s]+@[\w.-]+(:\d+)?(/\S*)?/\d+$", error="Use the DSN that Sentry shows."
    )
    return {
        "SENTRY_DSN": env.str("SENTRY_DSN", "", validate=dsn),
        "SENTRY_ENVIRONMENT": env.str("SENTRY_ENVIRONMENT", ""),
        "SENTRY_RELEASE": env.str("SENTRY_RELEASE", ""),
        "SENTRY_TRACES_SAMPLE_RATE": env.float(
            "SENTRY_TRACES_SAMPLE_RATE", 0.0, validate=validate.Range(0, 1)
        ),
    }


def checks(config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """Warn if nothing is reported, or if too much is traced."""
    if not config["SENTRY_DSN"]:
        yield warning("sentry.dsn", "SENTRY_DSN is not set.", "Set it to report errors.")
    if (config["SENTRY_TRACES_SAMPLE_RATE"] or 0) > 0.5:
        hint = "Lower it: each trace slows its request and uses up the quota."
        yield warning("sentry.traces", "SENTRY_TRACES_SAMPLE_RATE is above 0.5.", hint)


def bootstrap() -> None:
    """Start reporting. Do nothing without SENTRY_DSN."""
    env = Environment(os.environ["APP_ENV"])
    config = settings(env)
    if not config["SENTRY_DSN"]:
        return
    clean = partial(_clean, _secret_values(os.environ))
    rate = config["SENTRY_TRACES_SAMPLE_RATE"]
    sentry_sdk.init(
        dsn=config["SENTRY_DSN"],
        environment=config["SENTRY_ENVIRONMENT"] or env.name,
        release=config["SENTRY_RELEASE"] or None,
        integrations=[FlaskIntegration(transaction_style="url")],
        # Log lines are redacted only when they are written, after Sentry would read them.
        disabled_integrations=[ArgvIntegration(), LoggingIntegration()],
        data_collection=COLLECT_NOTHING,
        traces_sampler=partial(_sample, rate) if rate else None,
        before_send=clean,
        before_send_transaction=clean,
    )


def init_app(_app: Flask) -> None:
    """Do nothing. `bootstrap()` has started Sentry before the app was created."""


def _sample(rate: float, context: SamplingContext) -> float:
    return 0.0 if context.get("wsgi_environ", {}).get("PATH_INFO") in UNTRACED else rate


def _secret_values(environ: Mapping[str, str]) -> re.Pattern[str]:
    """Return a pattern of the values of secret variables and of the passwords in URLs."""
    values = {value for name, value in environ.items() if HIDDEN_VARIABLES.search(name)}
    for password in re.findall(r"://[^/@\s]*:([^/@\s]+)@", "\n".join(environ.values())):
        values |= {password, unquote(password)}
    longest_first = sorted(values, key=len, reverse=True)
    return re.compile("|".join(re.escape(value) for value in longest_first if len(value) >= 8))


def _clean(secrets: re.Pattern[str], event: Event, _hint: Hint) -> Event:
    if request_id := get_contextvars().get("request_id"):
        event["tags"] = {**event.get("tags", {}), "request_id": request_id}
    return cast(Event, _redact(event, secrets))


def _redact(value: Any, secrets: re.Pattern[str]) -> Any:
    if isinstance(value, dict):
        return {
            name: REDACTED if HIDDEN_MEMBERS.search(name) else _redact(member, secrets)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [_redact(member, secrets) for member in value]
    return secrets.sub(REDACTED, value) if isinstance(value, str) else value
