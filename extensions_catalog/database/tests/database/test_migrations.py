"""The revisions in `migrations/versions` match the models."""

from click.testing import Result
from flask import Flask


def flask_db(app: Flask, *arguments: str) -> Result:
    """Run `flask db` with `arguments` on the database of `app`."""
    with app.app_context():
        return app.test_cli_runner().invoke(args=["db", *arguments])


def test_migrations_match_the_models_and_run_both_ways(own_app: Flask) -> None:
    for arguments in (["check"], ["downgrade", "base"], ["upgrade"]):
        result = flask_db(own_app, *arguments)
        assert result.exit_code == 0, result.output


def test_a_failed_command_prints_the_remedy(own_app: Flask) -> None:
    result = flask_db(own_app, "upgrade", "unknown")

    assert result.exit_code == 1
    assert "Check out the code that has this revision" in result.output
