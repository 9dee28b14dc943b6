"""Rows of an interpreter that this machine does not have are skipped, except in CI."""

import pytest

from tests.interpreters import require


@pytest.mark.parametrize(
    ("in_ci", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)]
)
def test_a_missing_interpreter_is_named(
    in_ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUIRE_SERVICES", in_ci)

    with pytest.raises(outcome, match=r"no python3\.99 on PATH"):
        require("3.99")
