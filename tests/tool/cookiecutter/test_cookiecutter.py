"""`cookiecutter` generates the same files as `copier copy`, from the same questions."""

import json
import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from flaskwright.catalog import cookiecutter, questions
from tests.template import ROOT, files
from tests.tool.conftest import answers, commit
from tests.tool.cookiecutter.helpers import Cookiecutter, git, run_copier


def modes(tree: Path) -> dict[str, int]:
    """Return the mode of every file and folder below `tree`, by its path."""
    return {str(path.relative_to(tree)): path.stat().st_mode for path in tree.rglob("*")}


def test_cookiecutter_json_is_up_to_date() -> None:
    remedy = "python -m flaskwright.catalog.cookiecutter > cookiecutter.json"

    assert (ROOT / "cookiecutter.json").read_text("utf-8") == cookiecutter.document(ROOT), remedy


def test_cookiecutter_has_copier_s_questions() -> None:
    context = json.loads((ROOT / "cookiecutter.json").read_text("utf-8"))
    names = [name for name in context if not name.startswith("_")]

    assert set(names) - {cookiecutter.DIRECTORY} == set(questions.read(ROOT))
    assert list(context["__prompts__"]) == names
    for name, prompt in context["__prompts__"].items():
        if isinstance(prompt, dict):
            assert {*context[name]} == {*prompt} - {"__prompt__"}


@pytest.mark.parametrize(
    "given",
    [
        (),
        ("preset=minimal",),
        ("preset=full", "broker=rabbitmq", "license=MIT", "ci=gitlab"),
        (
            "extensions=metrics, database",
            'project_name=It\'s "so" 名前 \\n',
            "package_name=so",
        ),
        ("extensions=[]", "description='''\"\"\" $HOME `id` = \\", "author_name=[tag] Ann"),
    ],
    ids=str,
)
def test_cookiecutter_generates_the_same_files_as_copier(
    given: tuple[str, ...], repository: Path, run_cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    result = run_cookiecutter(repository, "directory=service", *given)

    assert result.returncode == 0, result.stderr
    as_yaml = (re.sub("^extensions=([^[].*)", r"extensions=[\1]", answer) for answer in given)
    expected = run_copier(repository, tmp_path / "copied" / "service", *as_yaml)
    service = tmp_path / "here" / "service"
    assert files(service) == files(expected)
    assert modes(service) == modes(expected)
    assert "_commit" in answers(service)


def test_answers_can_be_typed(
    repository: Path, run_cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    name = 'It\'s {{ 5 }} {% raw %} {# """ \\'
    lines = [name, "typed", "typed", "", "", "", "2", "2", "metrics", "1", "3"]

    result = run_cookiecutter(repository, typed="".join(f"{line}\n" for line in lines))

    assert result.returncode == 0, result.stderr
    given = ("license=MIT", "preset=minimal", "extensions=[metrics]", "ci=none")
    named = (f"project_name={name}", "package_name=typed")
    expected = run_copier(repository, tmp_path / "copied", *named, *given)
    assert files(tmp_path / "here" / "typed") == files(expected)


def test_a_relative_path_is_recorded_as_an_absolute_one(
    repository: Path,
    run_cookiecutter: Cookiecutter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "of a git hook"))
    relative = os.path.relpath(repository, tmp_path / "here")

    result = run_cookiecutter(relative, "preset=minimal", "-o", "below/there")

    assert result.returncode == 0, result.stderr
    assert answers(tmp_path / "here" / "below" / "there" / "my-service")["_src_path"] == str(
        repository
    )


def test_the_template_may_be_outside_git(
    repository: Path, run_cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    template = tmp_path / "template"
    shutil.copytree(repository, template, ignore=shutil.ignore_patterns(".git"))

    assert run_cookiecutter(template, "preset=minimal").returncode == 0

    expected = run_copier(template, tmp_path / "copied" / "my-service", "preset=minimal")
    assert files(tmp_path / "here" / "my-service") == files(expected)


@pytest.mark.parametrize(
    ("given", "directory", "name"),
    [
        ("directory=parcel-tracker", "parcel-tracker", "Parcel Tracker"),
        ("project_name=Parcel Tracker", "parcel-tracker", "Parcel Tracker"),
        ("project_name=", "my-service", "My Service"),
    ],
)
def test_the_name_and_the_directory_are_computed_from_each_other(
    given: str,
    directory: str,
    name: str,
    repository: Path,
    run_cookiecutter: Cookiecutter,
    tmp_path: Path,
) -> None:
    assert run_cookiecutter(repository, "preset=minimal", given).returncode == 0

    assert answers(tmp_path / "here" / directory)["project_name"] == name


def test_the_newest_release_is_used_without_a_checkout_option(
    repository: Path, run_cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    template = tmp_path / "template"
    shutil.copytree(repository, template)
    for release in ("v1.0.0", "v1.1.0"):
        (template / "template" / "NOTES.md").write_text(release)
        commit(template)
        git(template, "tag", release)
    (template / "template" / "NOTES.md").write_text("unreleased")
    commit(template)

    for arguments, release in (((), "v1.1.0"), (("--checkout", "v1.0.0"), "v1.0.0")):
        assert (
            run_cookiecutter(
                template, "preset=minimal", f"directory={release}", *arguments
            ).returncode
            == 0
        )
        service = tmp_path / "here" / release
        assert (service / "NOTES.md").read_text() == release
        assert answers(service)["_commit"] == release


@pytest.mark.rest
def test_the_git_url_is_recorded_instead_of_the_clone(
    repository: Path, run_cookiecutter: Cookiecutter, home: Path, tmp_path: Path
) -> None:
    data = ("preset=minimal", "project_name=Service")
    url = f"git+{repository.as_uri()}"
    expected = files(run_copier(url, tmp_path / "copied", *data))
    (home / ".cookiecutterrc").write_text(
        f"abbreviations: {{mine: '{repository.parent.as_uri()}/{{0}}'}}"
    )

    for number, template in enumerate(
        (url, repository.as_uri(), "mine:flaskwright-git", repository.name)
    ):
        result = run_cookiecutter(template, *data, f"directory=service{number}")

        assert result.returncode == 0, result.stderr
        service = tmp_path / "here" / f"service{number}"
        assert answers(service)["_src_path"] == url
        assert files(service) == expected
    assert (home / ".cookiecutters" / repository.name).is_dir()


def test_the_command_in_the_documentation_works(
    repository: Path, run_cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "cookiecutter.md").read_text("utf-8")
    [command] = re.findall(r"^cookiecutter .*", page, re.MULTILINE)
    _, _, _, *given = shlex.split(command)

    assert run_cookiecutter(repository, *given).returncode == 0

    recorded = answers(tmp_path / "here" / "parcel-tracker")
    assert recorded["extensions"] == ["database", "metrics"]
