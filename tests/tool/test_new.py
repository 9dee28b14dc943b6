"""`flaskwright new`: the tree is Copier's, and the command that is told makes it again."""

import os
import shlex
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest
import yaml

from flaskwright.catalog import questions
from tests.template import ROOT, files
from tests.tool.catalogs import small_template
from tests.tool.conftest import Run, answers, commit


def modes(tree: Path) -> dict[str, int]:
    return {str(path.relative_to(tree)): path.stat().st_mode for path in tree.rglob("*")}


def copier_copy(template: Path, tree: Path, *options: str) -> Path:
    command = [sys.executable, "-m", "copier", "copy", "--quiet", "--defaults", *options]
    subprocess.run([*command, str(template), str(tree)], check=True, capture_output=True)
    return tree


@pytest.mark.parametrize("repository", ["small", "in_git"])
def test_the_tree_is_copier_s(
    repository: str, request: pytest.FixtureRequest, run: Run, tmp_path: Path
) -> None:
    template: Path = request.getfixturevalue(repository)
    data = ["--data", 'project_name=It\'s "so" 5', "--data", "broker=rabbitmq"]

    done = run("new", "made", "--template", template, "--defaults", *data)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    copied = copier_copy(template, tmp_path / "copied", *data)
    assert files(tmp_path / "made") == files(copied)
    assert modes(tmp_path / "made") == modes(copied)


NAMES = {
    "parcel-tracker": ("Parcel Tracker", "parcel_tracker"),
    "parcel_tracker.v2": ("Parcel Tracker V2", "parcel_tracker_v2"),
    "flask": ("Flask", "flask_service"),
    "größe": ("Größe", "gr_e"),
    "服务": ("服务", "service"),
    "-- {{ 7 * 7 }}\n'\"\\ --": ("7 7", "service"),
    "...---...": ("My Service", "my_service"),
    "x" * 61: ("My Service", "my_service"),
    os.fsdecode(b"\xff"): ("My Service", "my_service"),
}


@pytest.mark.parametrize("directory", NAMES)
def test_a_service_is_called_as_its_directory(
    directory: str, call: Run, small: Path, tmp_path: Path
) -> None:
    done = call("new", tmp_path / "new" / directory, "--template", small, "--defaults")

    assert done.returncode == 0, done.stderr
    made = answers(tmp_path / "new" / directory)
    assert (made["project_name"], made["package_name"]) == NAMES[directory]
    copied = copier_copy(small, tmp_path / "copied" / directory)
    assert answers(copied) == made


def test_a_service_is_called_as_the_working_directory(
    run: Run, small: Path, tmp_path: Path
) -> None:
    for maker in ("flaskwright", "copier"):
        here = tmp_path / maker / "parcel-tracker"
        here.mkdir(parents=True)
        if maker == "flaskwright":
            run("new", ".", "--template", small, "--defaults", cwd=here)
        else:
            with chdir(here):
                copier_copy(small, Path())
        assert answers(here)["project_name"] == "Parcel Tracker"


def test_a_service_keeps_its_name_where_its_directory_is_renamed(
    call: Run, in_git: Path, tmp_path: Path
) -> None:
    call("new", "first", "--template", in_git, "--defaults")
    (tmp_path / "first").rename(tmp_path / "second")
    before = files(commit(tmp_path / "second"))
    with chdir(tmp_path / "second"):
        subprocess.run(
            [sys.executable, "-m", "copier", "recopy", "--defaults", "--overwrite", "--quiet"],
            check=True,
        )
    assert files(tmp_path / "second") == before


def test_help_lists_every_question(run: Run) -> None:
    done = run("new", "--help")

    assert done.returncode == 0, done.stderr
    told = " ".join(done.stdout.partition("Questions")[2].split())
    for name, definition in questions.read(ROOT).items():
        default = questions.default_of(definition)
        assert f" {name} " in told
        assert default is None or f"[default: {default}]" in told
    for choice in ("Apache-2.0", "minimal, api, full", "rabbitmq", "gitlab", "idempotency"):
        assert choice in told


def test_the_template_is_recorded_by_an_absolute_path(
    run: Run, in_git: Path, tmp_path: Path
) -> None:
    relative = os.path.relpath(in_git, tmp_path)

    assert run("new", "made", "--template", relative, "--defaults").returncode == 0

    assert answers(tmp_path / "made")["_src_path"] == str(in_git)


def test_changes_that_are_in_no_commit_are_used_and_told(run: Run, tmp_path: Path) -> None:
    template = commit(small_template(tmp_path / "template"))
    last = subprocess.check_output(["git", "describe", "--always"], cwd=template, text=True).strip()
    (template / "template" / "NOTES.md").write_text("not committed\n")

    done = run("new", "made", "--template", template, "--defaults")

    assert (tmp_path / "made" / "NOTES.md").exists()
    assert answers(tmp_path / "made")["_commit"] == last
    assert f"updates will start from {last}" in done.stdout


def test_a_service_inside_the_template_s_own_repository(run: Run, tmp_path: Path) -> None:
    template = commit(small_template(tmp_path / "template"))

    done = run("new", "made", "--template", ".", "--defaults", cwd=template)

    assert done.returncode == 0
    assert "no commit" not in done.stdout


def test_a_git_url_brings_its_newest_release(run: Run, tmp_path: Path) -> None:
    template = small_template(tmp_path / "template")
    for tag in ("v1.9.0", "v1.10.0", "v1.2.0", "v2.0.0rc1", "nonsense"):
        (template / "template" / "NOTES.md").write_text(tag)
        commit(template)
        subprocess.run(["git", "tag", tag], cwd=template, check=True)
    url = f"git+file://{template}"

    done = run("new", "made", "--template", url, "--defaults", "--preset", "minimal")

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "made" / "NOTES.md").read_text() == "v1.10.0"
    assert answers(tmp_path / "made")["_src_path"] == url
    assert answers(tmp_path / "made")["_commit"] == "v1.10.0"
    assert f"--template {url}@v1.10.0" in done.stdout


def test_a_git_url_with_a_revision(run: Run, tmp_path: Path) -> None:
    template = commit(small_template(tmp_path / "template"))
    subprocess.run(["git", "tag", "v1"], cwd=template, check=True)
    (template / "template" / "NOTES.md").write_text("later\n")
    commit(template)
    branch = subprocess.check_output(["git", "branch", "--show-current"], cwd=template, text=True)

    for revision, later in (("v1", False), (branch.strip(), True)):
        made = tmp_path / revision
        run("new", made, "--template", f"file://{template}@{revision}", "--defaults")
        assert (made / "NOTES.md").exists() is later


@pytest.mark.parametrize(
    ("options", "picked", "told"),
    [
        ([], ["store", "tasks"], ["Came along: redis_broker (broker: redis)."]),
        (["--preset", "minimal"], [], []),
        (
            ["--preset", "minimal", "--with", "desk"],
            ["desk"],
            ["Came along: store (needed by desk)."],
        ),
        (["--with", "page", "--without", "tasks"], ["store", "page"], []),
        (["--without", "tasks,store"], [], []),
        (["--with", "page", "--with", "store, tasks"], ["store", "page", "tasks"], None),
        (["--data", "extensions=[page]"], ["page"], []),
        (["--data", "preset=minimal"], [], []),
    ],
)
def test_a_selection(
    options: list[str],
    picked: list[str],
    told: list[str] | None,
    call: Run,
    small: Path,
    tmp_path: Path,
) -> None:
    done = call("new", "made", "--template", small, "--defaults", *options)

    assert answers(tmp_path / "made")["extensions"] == picked
    lines = [line for line in done.stdout.splitlines() if line.startswith("Came along")]
    assert told is None or lines == told


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--with", "page", "--without", "tasks", "--data", "author_name=Ann O'Hara $HOME `x`"],
        ["--preset", "minimal", "--data", "project_name=名前", "--data", "package_name=namae"],
        ["--data", "extensions=[tasks]", "--data", "broker=rabbitmq", "--data", "ci=none"],
        ["--data", "license=MIT", "--data", "author_name=Service Team"],
    ],
)
def test_the_command_that_is_told_makes_the_same_again(
    options: list[str], call: Run, in_git: Path, tmp_path: Path
) -> None:
    done = call("new", "made", "--template", in_git, "--defaults", *options)
    command = next(line for line in done.stdout.splitlines() if "flaskwright new" in line)
    (tmp_path / "made").rename(tmp_path / "first")

    again = call(*shlex.split(command)[1:])

    assert again.returncode == 0, again.stderr
    assert files(tmp_path / "made") == files(tmp_path / "first")


def test_personal_defaults_are_told(
    call: Run, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    personal = {"author_name": "Ann", "preset": "minimal", "ci": "github", "extensions": ["page"]}
    (tmp_path / "settings.yml").write_text(yaml.safe_dump({"defaults": personal}))
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(tmp_path / "settings.yml"))

    done = call("new", "made", "--template", small, "--defaults")

    assert done.returncode == 0, done.stderr
    recorded = answers(tmp_path / "made")
    assert recorded.items() >= personal.items()
    command = next(line for line in done.stdout.splitlines() if "flaskwright new" in line)
    words = shlex.split(command)
    assert words[words.index("--preset") + 1] == "minimal"
    assert {"extensions=[page]", "author_name=Ann", "ci=github"} <= {*words}
