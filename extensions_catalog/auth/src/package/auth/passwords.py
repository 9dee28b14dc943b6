"""Passwords, kept as Argon2id hashes whose parameters grow with the library's."""

import secrets
from functools import cached_property
from typing import TypeGuard, cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from werkzeug.local import LocalProxy

from .models import User


class Passwords(PasswordHasher):
    """Hashes and checks passwords; by default, either costs about 50 ms and 64 MiB."""

    @cached_property
    def _nobodys_hash(self) -> str:
        return self.hash(secrets.token_urlsafe())

    def check(self, user: User | None, password: str) -> TypeGuard[User]:
        """Tell whether `password` opens the account, with the same work where there is none.

        A right password whose hash has outdated parameters is hashed anew.
        """
        try:
            self.verify(user.password_hash if user else self._nobodys_hash, password)
        except (InvalidHashError, VerificationError):
            return False
        if user is None or not user.is_active:
            return False
        if self.check_needs_rehash(user.password_hash):
            user.password_hash = self.hash(password)
        return True


passwords = cast(Passwords, LocalProxy(lambda: current_app.extensions["passwords"]))
