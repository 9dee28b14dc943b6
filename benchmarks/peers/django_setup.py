# mypy: disable-error-code="import-untyped,misc,no-any-return"
"""The settings that Django's subjects share. Call `configure` before models are imported."""

import os

import dj_database_url
import django
from django.conf import settings


def configure(**options: object) -> None:
    """Set up Django with `options` in addition."""
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        # Each thread keeps its connection.
        DATABASES={"default": dj_database_url.config(conn_max_age=None)},
        INSTALLED_APPS=["benchmarks.peers"],
        LOGGING_CONFIG=None,
        SECRET_KEY=os.environ["SECRET_KEY"],
        USE_TZ=True,
        **options,
    )
    django.setup()
