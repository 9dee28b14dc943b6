"""`flaskwright new` generates the same files as Copier, and prints a command that repeats it."""

import os
import shlex
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest
import yaml

from flaskwright.catalog import questions
from tests.commands import rest_after
from tests.template import ROOT, files
from tests.tool.catalogs import write_small_template
from tests.tool.conftest import Run, answers, commit


def modes(tree: Path) -> dict[str, int]:
    """Return the mode of every file and folder below `tree`, by its path."""
    return {str(path.relative_to(tree)): path.stat().st_mode for path in tree.rglob("*")}


def copier_copy(template: Path, tree: Path, *options: str) -> Path:
    """Run `copier copy --defaults`; return the service's directory."""
    command = [sys.executable, "-m", "copier", "copy", "--quiet", "--defaults", *options]
    subprocess.run([*command, str(template), str(tree)], check=True, capture_output=True)
    return tree


@pytest.mark.parametrize("fixture", ["small_template", "git_template"])
def test_the_files_are_the_same_as_copier_s(
    fixture: str, request: pytest.FixtureRequest, run: Run, tmp_path: Path
) -> None:
    template: Path = request.getfixturevalue(fixture)
    data = ["--data", 'project_name=It\'s "so" 5', "--data", "broker=rabbitmq"]

    result = run("new", "service", "--template", template, "--defaults", *data)

    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    copied = copier_copy(template, tmp_path / "copied", *data)
    assert files(tmp_path / "service") == files(copied)
    assert modes(tmp_path / "service") == modes(copied)


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


@pytest.mark.parametrize("directory", rest_after(4, NAMES))
def test_a_service_is_named_after_its_directory(
    directory: str, invoke: Run, small_template: Path, tmp_path: Path
) -> None:
    result = invoke("new", tmp_path / "new" / directory, "--template", small_template, "--defaults")

    assert result.returncode == 0, result.stderr
    service = answers(tmp_path / "new" / directory)
    assert (service["project_name"], service["package_name"]) == NAMES[directory]
    copied = copier_copy(small_template, tmp_path / "copied" / directory)
    assert answers(copied) == service


def test_a_service_is_named_after_the_working_directory(
    run: Run, small_template: Path, tmp_path: Path
) -> None:
    for tool in ("flaskwright", "copier"):
        service = tmp_path / tool / "parcel-tracker"
        service.mkdir(parents=True)
        if tool == "flaskwright":
            run("new", ".", "--template", small_template, "--defaults", cwd=service)
        else:
            with chdir(service):
                copier_copy(small_template, Path())
        assert answers(service)["project_name"] == "Parcel Tracker"


def test_a_service_keeps_its_name_when_its_directory_is_renamed(
    invoke: Run, git_template: Path, tmp_path: Path
) -> None:
    invoke("new", "first", "--template", git_template, "--defaults")
    (tmp_path / "first").rename(tmp_path / "second")
    before = files(commit(tmp_path / "second"))
    with chdir(tmp_path / "second"):
        subprocess.run(
            [sys.executable, "-m", "copier", "recopy", "--defaults", "--overwrite", "--quiet"],
            check=True,
        )
    assert files(tmp_path / "second") == before


def test_help_lists_every_question(run: Run) -> None:
    result = run("new", "--help")

    assert result.returncode == 0, result.stderr
    section = " ".join(result.stdout.partition("Questions")[2].split())
    for name, definition in questions.read(ROOT).items():
        default = questions.default_of(definition)
        assert f" {name} " in section
        assert default is None or f"[default: {default}]" in section
    for choice in (
        "Apache-2.0",
        "minimal, api, web, internal, integrations, full",
        "rabbitmq",
        "gitlab",
        "idempotency",
    ):
        assert choice in section


def test_an_absolute_path_of_the_template_is_recorded(
    run: Run, git_template: Path, tmp_path: Path
) -> None:
    relative = os.path.relpath(git_template, tmp_path)

    assert run("new", "service", "--template", relative, "--defaults").returncode == 0

    assert answers(tmp_path / "service")["_src_path"] == str(git_template)


def test_uncommitted_changes_of_the_template_are_used_and_reported(
    run: Run, tmp_path: Path
) -> None:
    template = commit(write_small_template(tmp_path / "template"))
    last = subprocess.check_output(["git", "describe", "--always"], cwd=template, text=True).strip()
    (template / "template" / "NOTES.md").write_text("not committed\n")

    result = run("new", "service", "--template", template, "--defaults")

    assert (tmp_path / "service" / "NOTES.md").exists()
    assert answers(tmp_path / "service")["_commit"] == last
    assert "The template has uncommitted changes." in result.stdout
    assert f"Updates will start from its commit {last}." in result.stdout


def test_a_service_inside_the_template_s_repository_is_no_change_of_it(
    run: Run, tmp_path: Path
) -> None:
    template = commit(write_small_template(tmp_path / "template"))

    result = run("new", "service", "--template", ".", "--defaults", cwd=template)

    assert result.returncode == 0
    assert "uncommitted changes" not in result.stdout


def test_the_newest_release_of_a_git_url_is_used(run: Run, tmp_path: Path) -> None:
    template = write_small_template(tmp_path / "template")
    for tag in ("v1.9.0", "v1.10.0", "v1.2.0", "v2.0.0rc1", "nonsense"):
        (template / "template" / "NOTES.md").write_text(tag)
        commit(template)
        subprocess.run(["git", "tag", tag], cwd=template, check=True)
    url = f"git+file://{template}"

    result = run("new", "service", "--template", url, "--defaults", "--preset", "minimal")

    assert result.returncode == 0, result.stderr
    assert (tmp_path / "service" / "NOTES.md").read_text() == "v1.10.0"
    assert answers(tmp_path / "service")["_src_path"] == url
    assert answers(tmp_path / "service")["_commit"] == "v1.10.0"
    assert f"--template {url}@v1.10.0" in result.stdout


def test_a_git_url_may_have_a_revision(run: Run, tmp_path: Path) -> None:
    template = commit(write_small_template(tmp_path / "template"))
    subprocess.run(["git", "tag", "v1"], cwd=template, check=True)
    (template / "template" / "NOTES.md").write_text("later\n")
    commit(template)
    branch = subprocess.check_output(["git", "branch", "--show-current"], cwd=template, text=True)

    for revision, later in (("v1", False), (branch.strip(), True)):
        service = tmp_path / revision
        run("new", service, "--template", f"file://{template}@{revision}", "--defaults")
        assert (service / "NOTES.md").exists() is later


@pytest.mark.parametrize(
    ("options", "picked", "added"),
    [
        ([], ["store", "tasks"], ["Also added: redis_broker (broker is redis)."]),
        (["--preset", "minimal"], [], []),
        (
            ["--preset", "minimal", "--with", "desk"],
            ["desk"],
            ["Also added: store (required by desk)."],
        ),
        (["--with", "page", "--without", "tasks"], ["store", "page"], []),
        (["--without", "tasks,store"], [], []),
        (["--with", "page", "--with", "store, tasks"], ["store", "page", "tasks"], None),
        (["--data", "extensions=[page]"], ["page"], []),
        (["--data", "preset=minimal"], [], []),
    ],
)
def test_added_dependencies_are_printed(
    options: list[str],
    picked: list[str],
    added: list[str] | None,
    invoke: Run,
    small_template: Path,
    tmp_path: Path,
) -> None:
    result = invoke("new", "service", "--template", small_template, "--defaults", *options)

    assert answers(tmp_path / "service")["extensions"] == picked
    lines = [line for line in result.stdout.splitlines() if line.startswith("Also added")]
    assert added is None or lines == added


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
def test_the_printed_command_generates_the_same_service(
    options: list[str], invoke: Run, git_template: Path, tmp_path: Path
) -> None:
    result = invoke("new", "service", "--template", git_template, "--defaults", *options)
    command = next(line for line in result.stdout.splitlines() if "flaskwright new" in line)
    (tmp_path / "service").rename(tmp_path / "first")

    again = invoke(*shlex.split(command)[1:])

    assert again.returncode == 0, again.stderr
    assert files(tmp_path / "service") == files(tmp_path / "first")


def test_personal_defaults_are_in_the_printed_command(
    invoke: Run, small_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    personal = {"author_name": "Ann", "preset": "minimal", "ci": "github", "extensions": ["page"]}
    (tmp_path / "settings.yml").write_text(yaml.safe_dump({"defaults": personal}))
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(tmp_path / "settings.yml"))

    result = invoke("new", "service", "--template", small_template, "--defaults")

    assert result.returncode == 0, result.stderr
    recorded = answers(tmp_path / "service")
    assert recorded.items() >= personal.items()
    command = next(line for line in result.stdout.splitlines() if "flaskwright new" in line)
    words = shlex.split(command)
    assert words[words.index("--preset") + 1] == "minimal"
    assert {"extensions=[page]", "author_name=Ann", "ci=github"} <= {*words}


def test_git_init_is_suggested_outside_a_repository(
    invoke: Run, small_template: Path, tmp_path: Path
) -> None:
    hint = "git init && git add --all && git commit"
    options = ("--template", small_template, "--defaults")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)

    assert hint not in invoke("new", "inside", *options).stdout
    (tmp_path / ".git").rename(tmp_path / "gone")
    assert hint in invoke("new", "outside", *options).stdout
