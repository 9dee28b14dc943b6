"""The form of an item."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length


class ItemForm(FlaskForm):
    """An item, and the version that the user sees."""

    title = StringField("Title", [InputRequired(), Length(max=200)])
    description = TextAreaField("Description", [Length(max=10_000)])
    version = HiddenField()
