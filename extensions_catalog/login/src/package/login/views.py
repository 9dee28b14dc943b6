"""The pages of login and account."""

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from ..accounts import current_user
from ..accounts.logins import end_logins
from ..accounts.models import Login
from ..accounts.passwords import change_password, check_password
from ..database import db
from ..errors import Problem
from ..pages.forms import show_problem
from ..pages.security import own_path
from .forms import LoginForm, PasswordForm
from .guards import login_required
from .sessions import log_in

blueprint = Blueprint("login", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
def show_login() -> str | Response:
    """Log in, or show the form with its error."""
    destination = own_path(request.args.get("next", ""))
    if current_user:
        return redirect(destination)
    form = LoginForm()
    if form.validate_on_submit():
        if user := check_password(form.email.data, form.password.data):
            log_in(user, remember=form.remember.data)
            return redirect(destination)
        form.form_errors.append("The e-mail address or the password is wrong.")
    return render_template("login/login.html", form=form)


@blueprint.get("/account")
@login_required
def show_account() -> str:
    """Show the user's account."""
    form = PasswordForm(email=current_user.email)
    return render_template("login/account.html", form=form)


@blueprint.post("/account/password")
@login_required
def set_password() -> str | Response:
    """Change the password, and end all other logins of the user."""
    form = PasswordForm(email=current_user.email)
    if form.validate_on_submit():
        current, new = form.current_password.data, form.new_password.data
        try:
            change_password(current_user, current, new, login_id=g.login.id)
        except Problem as problem:
            show_problem(form, problem)
        else:
            flash("Your password was changed. All other devices are logged out.", "success")
            return redirect(url_for(".show_account"))
    return render_template("login/account.html", form=form)


@blueprint.post("/logout")
@login_required
def log_out() -> Response:
    """End this login, or all logins of the user with `?everywhere=1`."""
    everywhere = "everywhere" in request.args
    end_logins(Login.user_id == g.login.user_id if everywhere else Login.id == g.login.id)
    db.session.commit()
    session.clear()
    flash("You are logged out.", "success")
    return redirect(url_for(".show_login"))
