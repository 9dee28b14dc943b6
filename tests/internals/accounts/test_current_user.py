"""The current user is the first that a part finds."""

from types import SimpleNamespace

import pytest

from sample import parts
from sample.accounts import current_user
from sample.accounts.models import User


def fail() -> None:
    """Raise an exception, because no later part may be asked."""
    raise LookupError


def test_the_first_part_that_finds_a_user_decides(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = (lambda: None, lambda: user, fail)
    monkeypatch.setattr(parts, "PARTS", [SimpleNamespace(request_user=hook) for hook in hooks])
    assert current_user.id == user.id
