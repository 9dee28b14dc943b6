"""The permissions of each role. Change them here."""

from collections.abc import Mapping

# Name permissions "things:verb". `*` grants every permission, including those you add later.
ROLES: Mapping[str, frozenset[str]] = {
    "admin": frozenset({"*"}),
    "user": frozenset(),
}


def permits(role: str, *permissions: str) -> bool:
    """Return whether `role` has all of `permissions`. An unknown role has none."""
    granted = ROLES.get(role, frozenset())
    return "*" in granted or granted.issuperset(permissions)
