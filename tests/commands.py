"""Divides the parameters of a test between `make test` and `make test-rest`."""

from collections.abc import Iterable
from typing import Any

import pytest


def rest_after(number: int, values: Iterable[Any]) -> list[Any]:
    """Return the values as parameters; all but the first `number` are for `make test-rest`."""
    rest = pytest.mark.rest
    return [
        pytest.param(value, marks=rest if index >= number else ())
        for index, value in enumerate(values)
    ]
