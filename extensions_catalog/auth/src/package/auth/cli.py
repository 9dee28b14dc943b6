"""`flask users`: accounts from the command line."""

import sys

import click
from flask.cli import AppGroup

from ..database import db
from ..errors import Problem
from .accounts import open_account
from .models import Login, User
from .roles import ROLES
from .tokens import end_logins

users = AppGroup("users", help="Manage accounts.")
role_name = click.Choice(sorted(ROLES))


@users.command("create")
@click.argument("email")
@click.option("--role", type=role_name, default="user", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create_user(email: str, role: str, password_stdin: bool) -> None:
    """Open an account for EMAIL."""
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
    click.echo(f"{email} can log in, as {role}.")


@users.command("promote")
@click.argument("email")
@click.argument("role", type=role_name)
def promote_user(email: str, role: str) -> None:
    """Give EMAIL the role ROLE, from the next request on."""
    _find(email).role = role
    db.session.commit()
    click.echo(f"{email} is {role} now.")


@users.command("deactivate")
@click.argument("email")
def deactivate_user(email: str) -> None:
    """Lock EMAIL out at once; the account and what it owns stay."""
    user = _find(email)
    user.is_active = False
    end_logins(Login.user_id == user.id)
    db.session.commit()
    click.echo(f"{email} is locked out.")


def _find(email: str) -> User:
    if user := User.by_email(email):
        return user
    raise click.ClickException(f"Nobody has an account with {email}.")
