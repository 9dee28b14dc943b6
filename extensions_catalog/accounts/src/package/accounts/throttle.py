"""Limit login attempts by client address and by account, in the database, for all processes."""

from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_network

from flask import request
from sqlalchemy import Index, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Model, db
from ..database.columns import Text, now
from ..errors import Problem

# The address limit is that of Rails 8, the account limit that of NIST SP 800-63B, section 3.2.2.
LIMITS = {"address": (10, timedelta(minutes=3)), "account": (100, timedelta(hours=1))}


class LoginAttempt(Model):
    """A login attempt whose password is wrong or is being checked."""

    __tablename__ = "login_attempts"
    __table_args__ = (Index(None, "address", "made_at"), Index(None, "account", "made_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(Text(45))
    account: Mapped[str] = mapped_column(Text(64))  # SHA-256: users may type a password here
    made_at: Mapped[datetime] = mapped_column(index=True)


def begin_attempt(email: str) -> LoginAttempt:
    """Store and return a login attempt for `email`. Commits. Raises a 429 `Problem`.

    Call it before checking the password, so that parallel attempts count too. Delete the attempt
    if the password is right.
    """
    account = sha256(email.lower().encode()).hexdigest()
    attempt = LoginAttempt(address=_network(request.remote_addr), account=account, made_at=now())
    old = select(LoginAttempt.id).where(LoginAttempt.made_at < now() - timedelta(hours=1))
    unlocked = old.limit(100).with_for_update(skip_locked=True)  # parallel requests delete, too
    db.session.execute(delete(LoginAttempt).where(LoginAttempt.id.in_(unlocked)))
    db.session.add(attempt)
    db.session.commit()
    for name, (limit, within) in LIMITS.items():
        same = getattr(LoginAttempt, name) == getattr(attempt, name)
        counted = select(func.count(LoginAttempt.id)).where(same)
        recent = counted.where(LoginAttempt.made_at > attempt.made_at - within)
        if (db.session.scalar(recent) or 0) > limit:
            db.session.delete(attempt)  # a refused attempt must not prolong the wait
            db.session.commit()
            retry = {"Retry-After": str(within.seconds)}
            raise Problem(429, "Too many wrong passwords. Try again later.", retry)
    return attempt


def _network(address: str | None) -> str:
    """Return `address`, or the /64 network of an IPv6 address: one client can use all of it."""
    bits = 64 if ":" in (address or "") else 32
    try:
        return str(ip_network(f"{address}/{bits}", strict=False).network_address)
    except ValueError:  # a client of a Unix socket has no IP address
        return ""
