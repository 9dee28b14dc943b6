"""The forms of login and account."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

from ..accounts.passwords import LONGEST, SHORTEST


class LoginForm(FlaskForm):
    """An e-mail address and a password."""

    email = EmailField("E-mail address", [InputRequired()], render_kw={"autocomplete": "username"})
    password = PasswordField(
        "Password",
        [InputRequired(), Length(max=LONGEST)],
        render_kw={"autocomplete": "current-password"},
    )
    remember = BooleanField("Remember me on this device")


class PasswordForm(FlaskForm):
    """A new password, and the current one for verification.

    The address tells password managers whose password it is.
    """

    email = EmailField("E-mail address", render_kw={"autocomplete": "username", "readonly": True})
    current_password = PasswordField(
        "Current password", [InputRequired()], render_kw={"autocomplete": "current-password"}
    )
    new_password = PasswordField(
        "New password",
        [InputRequired(), Length(SHORTEST, LONGEST)],
        render_kw={"autocomplete": "new-password"},
    )
    repeated = PasswordField(
        "New password again",
        [EqualTo("new_password", message="The passwords differ.")],
        render_kw={"autocomplete": "new-password"},
    )
