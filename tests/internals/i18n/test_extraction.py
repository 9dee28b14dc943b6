"""The texts in Python code that pages show."""

from io import BytesIO

from sample.i18n.extraction import extract_texts

CODE = b'''
from flask import flash
from wtforms import StringField
from wtforms.validators import EqualTo, ValidationError

from ..pages import forms

CHANGED = "A constant."
VALUE = 5


class ParcelForm(FlaskForm):
    label = StringField("A label", [EqualTo("other", message="An error.")], description="A hint.")
    weight = DecimalField("A field of another library")


def show(form, name):
    flash("A message.", "success")
    flash(CHANGED)
    flash(VALUE)
    flash(UNKNOWN)
    flash(f"Hello {name}.")
    flash()
    form.form_errors.append("A form's error.")
    form.append("No text of a page")
    raise errors.Problem(422, "A detail.", errors={"label": ["A field's error.", name]})
    raise ValidationError("A validator's error.")


def navigation():
    """Not shown."""
    if current_user:
        return {"parcels.list_parcels": "A link"}
    return {}


def other():
    return {"parcels.list_parcels": "Not a link"}
'''


def test_shown_texts_are_found() -> None:
    found = extract_texts(BytesIO(CODE), (), (), options={})
    assert sorted(text for _line, _function, text, _comments in found) == [
        "A constant.",
        "A detail.",
        "A field's error.",
        "A form's error.",
        "A hint.",
        "A label",
        "A link",
        "A message.",
        "A validator's error.",
        "An error.",
    ]
