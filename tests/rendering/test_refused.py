"""Invalid answers are refused before anything is written."""

from pathlib import Path
from typing import Any

import pytest

from tests.matrix.rows import CATALOG, FACTORS
from tests.template import files, render


@pytest.mark.parametrize(
    "answers",
    [
        {"extensions": ["no_such_bundle"]},
        {"extensions": ["redis_broker"]},
        {"preset": "no_such_preset"},
        {"preset": "api", "broker": "carrier_pigeon"},
        {"package_name": "class"},
        {"package_name": "flask"},
        {"package_name": "Upper"},
        {"project_name": " "},
        {"author_email": "nobody"},
    ],
    ids=str,
)
def test_an_invalid_answer_writes_nothing(
    answers: dict[str, Any], template: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "README.md").write_text("mine")

    with pytest.raises(ValueError, match=next(reversed(answers))):
        render(template, tmp_path / "mine", answers)

    assert files(tmp_path / "mine") == {"README.md": b"mine"}


@pytest.mark.parametrize("bundle", CATALOG.bundles, ids=lambda bundle: bundle.id)
def test_no_selection_has_a_bundle_without_its_dependencies(bundle: Any) -> None:
    requirements = {*CATALOG.requirements(bundle.id)}
    for dependency in bundle.comes_with or requirements:
        if bundle.comes_with:
            assert bundle.id in CATALOG.implied(requirements, {})
            assert bundle.id not in CATALOG.implied(requirements - {dependency}, {})
        elif bundle.answers:
            assert FACTORS.choose({dependency: False}, next(iter(bundle.answers.items()))) is None
        else:
            assert FACTORS.choose({dependency: False}, (bundle.id, True)) is None
