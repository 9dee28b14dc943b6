"""Wrong passwords are counted, in the database: for all processes together, and over restarts.

An attempt is counted before the password is looked at, so that many at once do not slip through,
and no longer once it turned out right: whoever knows the password is not locked out by typing.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_network

from flask import request
from sqlalchemy import Index, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from ..database import Model, db
from ..database.columns import Text, now
from ..errors import Problem

# Rails 8 gives an address as many; NIST SP 800-63B (section 3.2.2) an account up to 100.
OF_ADDRESS, OF_ADDRESS_WITHIN = 10, timedelta(minutes=3)
OF_ACCOUNT, OF_ACCOUNT_WITHIN = 100, timedelta(hours=1)


class LoginAttempt(Model):
    """A password that was wrong, or is being looked at."""

    __tablename__ = "login_attempts"
    __table_args__ = (Index(None, "address", "made_at"), Index(None, "account", "made_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(Text(45))
    account: Mapped[str] = mapped_column(Text(64))  # SHA-256: addresses are typed wrong, too
    made_at: Mapped[datetime] = mapped_column(index=True)


def begin_attempt(email: str) -> LoginAttempt:
    """Count an attempt at the account of `email`. Commits. Raises a 429 `Problem`."""
    moment = now()
    attempt = LoginAttempt(
        address=_network(request.remote_addr or ""),
        account=sha256(email.lower().encode()).hexdigest(),
        made_at=moment,
    )
    _forget(before=moment - OF_ACCOUNT_WITHIN)
    db.session.add(attempt)
    db.session.commit()
    of_address = _attempts(LoginAttempt.address == attempt.address, moment - OF_ADDRESS_WITHIN)
    of_account = _attempts(LoginAttempt.account == attempt.account, moment - OF_ACCOUNT_WITHIN)
    if of_address <= OF_ADDRESS and of_account <= OF_ACCOUNT:
        return attempt
    end_attempt(attempt)  # what is refused does not prolong the wait
    db.session.commit()
    within = OF_ADDRESS_WITHIN if of_address > OF_ADDRESS else OF_ACCOUNT_WITHIN
    retry = {"Retry-After": str(int(within.total_seconds()))}
    raise Problem(429, "Too many wrong passwords: wait a while.", retry)


def end_attempt(attempt: LoginAttempt) -> None:
    """Count `attempt` no longer; the caller commits."""
    db.session.delete(attempt)


def _forget(before: datetime) -> None:
    old = select(LoginAttempt.id).where(LoginAttempt.made_at < before)
    unlocked = old.limit(100).with_for_update(skip_locked=True)  # whoever else forgets them
    db.session.execute(delete(LoginAttempt).where(LoginAttempt.id.in_(unlocked)))


def _attempts(of: ColumnElement[bool], since: datetime) -> int:
    query = select(func.count()).select_from(LoginAttempt).where(of, LoginAttempt.made_at > since)
    return db.session.execute(query).scalar_one()


def _network(address: str) -> str:
    """Return `address`, or the network of 64 bits that one customer has of IPv6."""
    bits = 64 if ":" in address else 32
    try:
        return str(ip_network(f"{address}/{bits}", strict=False).network_address)
    except ValueError:  # a socket's file
        return ""
