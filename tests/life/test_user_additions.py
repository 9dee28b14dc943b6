"""A user's additions to generated files do not conflict with those of a bundle."""

from pathlib import Path
from random import Random

import pytest

from tests.life.format_leaves import merge_faults
from tests.life.service_edits import EditContext, text_edit
from tests.life.services import commit_all, commit_tree, generate, run, service_files

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
def test_the_user_and_a_bundle_add_to_the_same_file(
    number: int, repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    present, added = ("api", "database"), ("cache", "tasks")
    base, theirs = generate(repository, *present), generate(repository, *present, *added)
    service = commit_tree(tmp_path, base)
    for path, names in ADDITIONS.items():
        context = EditContext(Random(number), base, theirs, f"zz{number}")
        edit = text_edit(context, path, names[number])
        assert edit
        assert edit.apply(service), names[number]
    commit_all(service)
    ours = service_files(service)

    assert run(service, "add", *added) == 0

    assert "Conflicts" not in capsys.readouterr().out
    result = service_files(service)
    for path, names in ADDITIONS.items():
        assert f"zz{number}".encode() in result[path].lower(), names[number]
        versions = (version[path].decode() for version in (base, ours, theirs, result))
        assert merge_faults(path, *versions) == [], names[number]
