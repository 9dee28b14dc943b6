"""The flags are read again after a while, and kept when the database fails."""

import time

import pytest
from flask import Flask
from structlog.testing import capture_logs

from sample.database import db
from sample.feature_flags import REFRESH_SECONDS, FeatureFlag, is_enabled


def test_flags_are_read_at_most_every_five_seconds(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = time.monotonic() + 1000
    monkeypatch.setattr(time, "monotonic", lambda: clock)
    monkeypatch.setattr(app, "testing", False)
    assert not is_enabled("search")
    db.session.add(FeatureFlag(name="search", percent=100))
    db.session.commit()

    assert not is_enabled("search")
    clock += REFRESH_SECONDS
    assert is_enabled("search")

    app.extensions["feature_flags_expire"] = 0.0


def test_flags_are_kept_when_the_database_fails(own_app: Flask) -> None:
    with own_app.app_context():
        db.session.add(FeatureFlag(name="search", percent=100))
        db.session.commit()
        assert is_enabled("search")

        db.session.execute(db.text("DROP TABLE feature_flags"))
        db.session.commit()
        with capture_logs() as lines:
            assert is_enabled("search")
    assert [line["event"] for line in lines] == ["feature flags not read"]
