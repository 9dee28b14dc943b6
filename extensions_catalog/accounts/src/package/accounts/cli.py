"""`flask users`: manage accounts on the command line."""

import sys

import click
from flask.cli import AppGroup

from ..database import db
from ..errors import Problem
from .logins import end_logins
from .models import Login, User
from .passwords import open_account
from .roles import ROLES

users = AppGroup("users", help="Manage accounts.")
role_name = click.Choice(sorted(ROLES))


@users.command("create")
@click.argument("email")
@click.option("--role", type=role_name, default="user", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create_user(email: str, role: str, password_stdin: bool) -> None:
    """Create an account for EMAIL."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        open_account(email, password, role)
    except Problem as problem:
        errors = problem.members.get("errors", {}).items()
        fields = [f"{name}: {' '.join(messages)}" for name, messages in errors]
        raise click.ClickException(" ".join([str(problem.description), *fields])) from problem
    click.echo(f"Created the account {email} with the role {role}.")


@users.command("promote")
@click.argument("email")
@click.argument("role", type=role_name)
def promote_user(email: str, role: str) -> None:
    """Give the user EMAIL the role ROLE, from the next request on."""
    _get_user(email).role = role
    db.session.commit()
    click.echo(f"{email} now has the role {role}.")


@users.command("deactivate")
@click.argument("email")
def deactivate_user(email: str) -> None:
    """End all logins of EMAIL and refuse new ones. The account and its data stay."""
    user = _get_user(email)
    user.is_active = False
    end_logins(Login.user_id == user.id)
    db.session.commit()
    click.echo(f"Deactivated the account {email}.")


def _get_user(email: str) -> User:
    if user := User.by_email(email):
        return user
    raise click.ClickException(f"No account has the address {email}.")
