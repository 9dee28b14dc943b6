"""Flags are on for the accounts that `flask flags` chooses."""

from flask import Flask

from {{ package_name }}.feature_flags import is_enabled


def flask_flags(app: Flask, *arguments: str) -> str:
    """Run `flask flags` with these arguments, and return its output."""
    return app.test_cli_runner().invoke(args=["flags", *arguments]).output


def test_a_flag_that_does_not_exist_has_its_default() -> None:
    assert not is_enabled("search")
    assert is_enabled("search", default=True)


def test_a_flag_is_switched_on_and_deleted(app: Flask) -> None:
    assert flask_flags(app, "set", "search", "100") == "search is on for 100 % of the accounts.\n"
    assert flask_flags(app, "list") == "search  100 %\n"
    assert is_enabled("search")

    flask_flags(app, "set", "search", "0")
    assert not is_enabled("search", default=True)

    assert flask_flags(app, "delete", "search") == "Deleted search.\n"
    assert flask_flags(app, "delete", "search").startswith("Error: There is no flag search.")


def test_a_flag_is_on_for_a_share_of_the_accounts(app: Flask) -> None:
    def accounts() -> set[int]:
        return {account for account in range(200) if is_enabled("search", account)}

    flask_flags(app, "set", "search", "30")
    some = accounts()
    assert 30 < len(some) < 90
    assert not is_enabled("search")

    flask_flags(app, "set", "search", "60")
    assert some < accounts()
