"""A factory of users. All users have the password `PASSWORD`."""

import factory

from {{ package_name }}.accounts.models import User
from {{ package_name }}.accounts.passwords import hash_password

from . import Factory

PASSWORD = "correct horse battery"


class UserFactory(Factory):
    """Create active users with the role user."""

    class Meta:
        model = User

    email = factory.Sequence(lambda number: f"user{number}@example.com")
    password_hash = factory.LazyFunction(lambda: hash_password(PASSWORD))
