"""The models of users and their logins."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from ..database import Model, db
from ..database.columns import Text, Timestamped, Versioned


class User(Versioned, Timestamped, Model):
    """A person with an account."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text(254), unique=True)
    password_hash: Mapped[str] = mapped_column(Text(255))
    role: Mapped[str] = mapped_column(Text(32), default="user")
    is_active: Mapped[bool] = mapped_column(default=True)

    @validates("email")
    def _lower(self, _name: str, email: str) -> str:
        return email.lower()

    @classmethod
    def by_email(cls, email: str) -> "User | None":
        """Return the user with `email` in any capitalization, or None."""
        return db.session.scalar(select(cls).where(cls.email == email.lower()))


class Login(Model):
    """A login of a user. Deleting the row ends it.

    `refresh_digest` is the SHA-256 of the newest secret that renews the login, or empty.
    """

    __tablename__ = "logins"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    refresh_digest: Mapped[str] = mapped_column(Text(64))
    expires_at: Mapped[datetime]
    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)
