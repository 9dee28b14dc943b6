"""People create their own accounts at `/register`."""

from flask import Blueprint, Flask, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

from .accounts import current_user, open_account
from .accounts.passwords import LONGEST, SHORTEST
from .errors import Problem
from .login import log_in
from .pages.forms import show_problem

PUBLIC_ROUTES = ("registration.register",)  # endpoints that need no login

blueprint = Blueprint("registration", __name__)


class RegistrationForm(FlaskForm):
    """A new account. `open_account` checks the address."""

    email = EmailField(
        "E-mail address",
        [InputRequired(), Length(max=254)],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        "Password",
        [InputRequired(), Length(SHORTEST, LONGEST)],
        render_kw={"autocomplete": "new-password"},
    )
    repeated = PasswordField(
        "Password again",
        [EqualTo("password", message="The passwords differ.")],
        render_kw={"autocomplete": "new-password"},
    )


@blueprint.route("/register", methods=["GET", "POST"])
def register() -> str | Response:
    """Create an account and log in, or show the form with its errors."""
    form = RegistrationForm()
    if form.validate_on_submit():
        try:
            log_in(open_account(form.email.data, form.password.data))
        except Problem as problem:
            show_problem(form, problem)
        else:
            return redirect(url_for("pages.home"))
    return render_template("register.html", form=form)


def user_navigation() -> dict[str, str]:
    """Return the link to the registration for everybody who is not logged in."""
    return {} if current_user else {"registration.register": "Register"}


def init_app(app: Flask) -> None:
    """Add the page."""
    app.register_blueprint(blueprint)
