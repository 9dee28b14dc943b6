"""requirements/services.in lists the requirements of all services; services.txt meets them."""

import re
from pathlib import Path

from packaging.requirements import Requirement

from tests.matrix.environments import LOCKED
from tests.matrix.requirements import requirements


def test_services_in_is_up_to_date(tmp_path: Path) -> None:
    listed = LOCKED.with_suffix(".in").read_text("utf-8").splitlines()[1:]

    assert requirements(tmp_path) == listed, "run `make lock`"


def test_locked_versions_meet_every_requirement(tmp_path: Path) -> None:
    pins = dict(
        re.findall(r"^([\w.-]+)(?:\[.*?\])?==(\S+)", LOCKED.read_text("utf-8"), re.MULTILINE)
    )

    for requirement in map(Requirement, requirements(tmp_path)):
        assert pins[requirement.name] in requirement.specifier
