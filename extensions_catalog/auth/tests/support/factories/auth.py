"""Users of the tests; all have the same password."""

import factory

from {{ package_name }}.auth.models import User
from {{ package_name }}.auth.passwords import passwords

from . import Factory

PASSWORD = "correct horse battery"


class UserFactory(Factory):
    """An active user without any particular role."""

    class Meta:
        model = User

    email = factory.Sequence(lambda number: f"user{number}@example.com")
    password_hash = factory.LazyFunction(lambda: passwords.hash(PASSWORD))
