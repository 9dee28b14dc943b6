"""The view of users: their roles, and whether they may log in."""

from typing import Any, ClassVar

from wtforms import SelectField
from wtforms.validators import ValidationError

from ..accounts import current_user
from ..accounts.logins import end_logins
from ..accounts.models import Login, User
from ..accounts.roles import ROLES
from .views import AdminView


class UserView(AdminView):
    """Changes the role of a user, and ends the logins of a user who is no longer active."""

    can_edit = True
    form_columns: ClassVar = ["role", "is_active"]
    form_overrides: ClassVar = {"role": SelectField}
    form_args: ClassVar = {"role": {"choices": sorted(ROLES)}}

    def __init__(self) -> None:
        super().__init__(User)

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        """Log the change, unless users would lock themselves out."""
        if model.id == current_user.id:
            raise ValidationError("You cannot change your own account here.")
        super().on_model_change(form, model, is_created)
        if not model.is_active:
            end_logins(Login.user_id == model.id)
