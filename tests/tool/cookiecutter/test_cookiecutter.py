"""`cookiecutter` makes what `copier copy` makes, from the same questions."""

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
from tests.tool.cookiecutter.baking import Cookiecutter, copied, git


def modes(tree: Path) -> dict[str, int]:
    return {str(path.relative_to(tree)): path.stat().st_mode for path in tree.rglob("*")}


def test_cookiecutter_json_is_in_step() -> None:
    remedy = "python -m flaskwright.catalog.cookiecutter > cookiecutter.json"

    assert (ROOT / "cookiecutter.json").read_text("utf-8") == cookiecutter.document(ROOT), remedy


def test_every_question_is_asked_and_no_other() -> None:
    context = json.loads((ROOT / "cookiecutter.json").read_text("utf-8"))
    asked = [name for name in context if not name.startswith("_")]

    assert set(asked) - {cookiecutter.DIRECTORY} == set(questions.read(ROOT))
    assert list(context["__prompts__"]) == asked
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
def test_the_tree_is_copier_s(
    given: tuple[str, ...], door: Path, bake: Cookiecutter, tmp_path: Path
) -> None:
    done = bake(door, "directory=made", *given)

    assert done.returncode == 0, done.stderr
    as_yaml = (re.sub("^extensions=([^[].*)", r"extensions=[\1]", answer) for answer in given)
    expected = copied(door, tmp_path / "copied" / "made", *as_yaml)
    made = tmp_path / "here" / "made"
    assert files(made) == files(expected)
    assert modes(made) == modes(expected)
    assert "_commit" in answers(made)


def test_answers_that_are_typed(door: Path, bake: Cookiecutter, tmp_path: Path) -> None:
    name = 'It\'s {{ 5 }} {% raw %} {# """ \\'
    lines = [name, "typed", "typed", "", "", "", "2", "2", "metrics", "1", "3"]

    done = bake(door, typed="".join(f"{line}\n" for line in lines))

    assert done.returncode == 0, done.stderr
    given = ("license=MIT", "preset=minimal", "extensions=[metrics]", "ci=none")
    named = (f"project_name={name}", "package_name=typed")
    expected = copied(door, tmp_path / "copied", *named, *given)
    assert files(tmp_path / "here" / "typed") == files(expected)


def test_a_path_is_recorded_whole(
    door: Path, bake: Cookiecutter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "of a git hook"))
    relative = os.path.relpath(door, tmp_path / "here")

    done = bake(relative, "preset=minimal", "-o", "below/there")

    assert done.returncode == 0, done.stderr
    assert answers(tmp_path / "here" / "below" / "there" / "my-service")["_src_path"] == str(door)


def test_a_template_outside_git(door: Path, bake: Cookiecutter, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    shutil.copytree(door, plain, ignore=shutil.ignore_patterns(".git"))

    assert bake(plain, "preset=minimal").returncode == 0

    expected = copied(plain, tmp_path / "copied" / "my-service", "preset=minimal")
    assert files(tmp_path / "here" / "my-service") == files(expected)


@pytest.mark.parametrize(
    ("given", "directory", "name"),
    [
        ("directory=parcel-tracker", "parcel-tracker", "Parcel Tracker"),
        ("project_name=Parcel Tracker", "parcel-tracker", "Parcel Tracker"),
        ("project_name=", "my-service", "My Service"),
    ],
)
def test_the_name_and_the_directory_follow_from_each_other(
    given: str, directory: str, name: str, door: Path, bake: Cookiecutter, tmp_path: Path
) -> None:
    assert bake(door, "preset=minimal", given).returncode == 0

    assert answers(tmp_path / "here" / directory)["project_name"] == name


def test_releases(door: Path, bake: Cookiecutter, tmp_path: Path) -> None:
    template = tmp_path / "template"
    shutil.copytree(door, template)
    for release in ("v1.0.0", "v1.1.0"):
        (template / "template" / "NOTES.md").write_text(release)
        commit(template)
        git(template, "tag", release)
    (template / "template" / "NOTES.md").write_text("unreleased")
    commit(template)

    for arguments, release in (((), "v1.1.0"), (("--checkout", "v1.0.0"), "v1.0.0")):
        assert bake(template, "preset=minimal", f"directory={release}", *arguments).returncode == 0
        made = tmp_path / "here" / release
        assert (made / "NOTES.md").read_text() == release
        assert answers(made)["_commit"] == release


def test_a_git_url_is_recorded_and_not_its_clone(
    door: Path, bake: Cookiecutter, home: Path, tmp_path: Path
) -> None:
    data = ("preset=minimal", "project_name=Made")
    url = f"git+{door.as_uri()}"
    expected = files(copied(url, tmp_path / "copied", *data))
    (home / ".cookiecutterrc").write_text(
        f"abbreviations: {{mine: '{door.parent.as_uri()}/{{0}}'}}"
    )

    for number, template in enumerate((url, door.as_uri(), "mine:flaskwright-git", door.name)):
        done = bake(template, *data, f"directory=made{number}")

        assert done.returncode == 0, done.stderr
        made = tmp_path / "here" / f"made{number}"
        assert answers(made)["_src_path"] == url
        assert files(made) == expected
    assert (home / ".cookiecutters" / door.name).is_dir()


def test_the_page_s_command(door: Path, bake: Cookiecutter, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "cookiecutter.md").read_text("utf-8")
    [command] = re.findall(r"^cookiecutter .*", page, re.MULTILINE)
    _, _, _, *given = shlex.split(command)

    assert bake(door, *given).returncode == 0

    made = answers(tmp_path / "here" / "parcel-tracker")
    assert made["extensions"] == ["database", "metrics"]
