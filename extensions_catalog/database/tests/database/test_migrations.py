"""The revisions in `migrations/versions` create what the models need."""

from click.testing import Result
from flask import Flask


def run(app: Flask, *arguments: str) -> Result:
    with app.app_context():
        return app.test_cli_runner().invoke(args=["db", *arguments])


def test_migrations_match_the_models_and_run_both_ways(own_app: Flask) -> None:
    for arguments in (["check"], ["downgrade", "base"], ["upgrade"]):
        result = run(own_app, *arguments)
        assert result.exit_code == 0, result.output


def test_a_failed_command_says_what_to_do(own_app: Flask) -> None:
    result = run(own_app, "upgrade", "unknown")

    assert result.exit_code == 1
    assert "Check out the code that has this revision" in result.output
