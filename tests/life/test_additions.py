"""What people add beside what is generated never conflicts with what a bundle adds there."""

from pathlib import Path
from random import Random

import pytest

from tests.life.edits import Between, text_edit
from tests.life.format_meaning import faults
from tests.life.services import commit, fresh, put, run, tree

ADDITIONS = {
    "pyproject.toml": (
        "dependency_sorted",
        "dependency_appended",
        "dependency_first",
        "dependency_anywhere",
        "dev_dependency",
    ),
    "compose.yaml": (
        "service_at_the_start",
        "service_anywhere",
        "service_at_the_end",
        "volume",
        "variable",
    ),
    ".env.example": (
        "variable_in_a_section",
        "variable_with_comment",
        "variable_at_the_end",
        "section_at_the_end",
        "variable_of_the_bundle",
    ),
    "src/sample/parts.py": (
        "part_at_the_end",
        "part_anywhere",
        "part_with_comment",
        "part_imported_last",
        "own_import",
    ),
}


@pytest.mark.parametrize("number", range(5))
def test_an_addition_and_a_bundle_s(
    number: int, repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    had, came = ("api", "database"), ("cache", "tasks")
    base, theirs = fresh(repository, *had), fresh(repository, *had, *came)
    service = put(tmp_path, base)
    for path, names in ADDITIONS.items():
        between = Between(Random(number), base, theirs, f"zz{number}")
        edit = text_edit(between, path, names[number])
        assert edit
        assert edit.make(service), names[number]
    commit(service)
    ours = tree(service)

    assert run(service, "add", *came) == 0

    assert "Conflicts" not in capsys.readouterr().out
    result = tree(service)
    for path, names in ADDITIONS.items():
        assert f"zz{number}".encode() in result[path].lower(), names[number]
        versions = (version[path].decode() for version in (base, ours, theirs, result))
        assert faults(path, *versions) == [], names[number]
