"""The lock of the matrix holds what services may install, neither more nor less."""

import re
from pathlib import Path

from packaging.requirements import Requirement

from tests.matrix.environments import LOCKED
from tests.matrix.requirements import requirements


def test_make_lock_was_run(tmp_path: Path) -> None:
    asked_for = LOCKED.with_suffix(".in").read_text("utf-8").splitlines()[1:]

    assert requirements(tmp_path) == asked_for, "run make lock"


def test_every_requirement_is_met(tmp_path: Path) -> None:
    pins = dict(
        re.findall(r"^([\w.-]+)(?:\[.*?\])?==(\S+)", LOCKED.read_text("utf-8"), re.MULTILINE)
    )

    for need in map(Requirement, requirements(tmp_path)):
        assert pins[need.name] in need.specifier
