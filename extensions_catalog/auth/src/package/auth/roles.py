"""What each role may do: the one place to read it, and to change it."""

from collections.abc import Mapping

# A permission is named "things:verb"; `*` is every permission, those of later parts too.
ROLES: Mapping[str, frozenset[str]] = {
    "admin": frozenset({"*"}),
    "user": frozenset(),
}


def permits(role: str, permission: str) -> bool:
    """Tell whether `role` has `permission`; a role that is not listed has none."""
    return not ROLES.get(role, frozenset()).isdisjoint({permission, "*"})
