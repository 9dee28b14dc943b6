"""Shows an error of the code behind a form in the form."""

from flask_wtf import FlaskForm

from ..errors import Problem


def show_problem(form: FlaskForm, problem: Problem) -> None:
    """Add the messages of `problem` to their fields, or its detail to the form."""
    errors = problem.members.get("errors", {})
    for name, messages in errors.items():
        form[name].errors = [*form[name].errors, *messages]
    if not errors:
        form.form_errors.append(problem.description)
