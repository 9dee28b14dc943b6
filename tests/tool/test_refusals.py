"""Errors of `flaskwright new` are one line that says what to do; nothing is written."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tool.conftest import Run

IN_DELETED_DIRECTORY = ("sh", "-c", 'mkdir a && cd a && rmdir ../a && exec "$@"', "sh")


def refusal(invoke: Run, tmp_path: Path, *arguments: str | Path) -> str:
    """Run `new`, assert that it failed with one line and wrote nothing, and return the line."""
    before = sorted(tmp_path.rglob("*"))
    result = invoke("new", *arguments)
    assert result.returncode == 1, result
    assert result.stdout == ""
    assert result.stderr.startswith("flaskwright: ")
    assert result.stderr.count("\n") == 1, result.stderr
    assert sorted(tmp_path.rglob("*")) == before
    return result.stderr.removeprefix("flaskwright: ").rstrip("\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--preset", "apo"], "There is no preset apo (did you mean api?): use minimal and api."),
        (
            ["--with", "stor"],
            "Unknown bundles: stor (did you mean store?). `flaskwright catalog` lists all",
        ),
        (
            ["--without", "a,b"],
            "Unknown bundles: a and b. `flaskwright catalog` lists all",
        ),
        (["--with", "paper"], "paper is retired: pick page."),
        (
            ["--with", "rabbitmq_broker"],
            "rabbitmq_broker cannot be picked: it is part of a service if broker=rabbitmq. "
            "Use `flaskwright new --data broker=rabbitmq`, or ",
        ),
        (
            ["--with", "page", "--without", "page"],
            "page: use either --with or --without, not both.",
        ),
        (
            ["--without", "store"],
            "store cannot be left out: tasks requires it. "
            "Leave out all of them with --without store,tasks.",
        ),
        (["--with", "page,desk"], "desk and page conflict: both use port 80."),
        (["--data", "extensions=[page, desk]"], "desk and page conflict: both use port 80."),
        (["--data", "extensions=[stor]"], "Unknown bundles: stor (did you mean store?)"),
        (["--data", "extensions=page"], "extensions: write a list, such as '[api, database]'."),
        (["--data", "extensions=[", "--data", "ci=none"], "extensions: write a list"),
        (["--data", "extensions=[]", "--with", "page"], "Use either --data extensions=..."),
        (
            ["--preset", "api", "--data", "preset=api"],
            "The preset is given twice: leave out --data preset=...",
        ),
        (["--data", "licence=MIT"], "Unknown questions: licence (did you mean license?). Use "),
        (["--data", "catalog=[]"], "Unknown questions: catalog. Use project_name, "),
        (["--data", "_src_path=x"], "Unknown questions: _src_path"),
        (["--data", "license"], "license: write it as question=answer."),
        (["--data", "license=GPL"], "license: 'GPL' is not in ['MIT', "),
        (["--data", "package_name=class"], 'package_name: "class" is a Python keyword'),
        (["--data", "project_name="], "project_name: Enter a name that"),
        (
            ["--template", "nowhere"],
            "There is no template at nowhere: use a directory or a git URL.",
        ),
        (
            ["--template", "."],
            "is not a Flaskwright template: it has no extensions_catalog folder. "
            "Use another one with --template.",
        ),
        (["--template", "file:///nowhere"], "git failed: "),
        (["--preset", "\x1b[31m"], r"There is no preset \x1b[31m: use minimal and api."),
        (["--colour"], "No such option"),
    ],
)
def test_an_invalid_option_is_refused(
    options: list[str], message: str, invoke: Run, small_template: Path, tmp_path: Path
) -> None:
    template = [] if "--template" in options else ["--template", str(small_template)]

    assert message in refusal(invoke, tmp_path, "service", "--defaults", *template, *options)


def test_an_unknown_revision_is_refused(invoke: Run, git_template: Path, tmp_path: Path) -> None:
    template = f"git+file://{git_template}@--help"

    message = refusal(invoke, tmp_path, "service", "--defaults", "--template", template)

    assert message.startswith(f"Version --help of the template git+file://{git_template} was not")
    assert message.endswith(
        "The template has no revision --help: use a tag, branch or commit. "
        "Use --template with one that has it."
    )


def test_prompts_without_a_terminal_are_refused(
    invoke: Run, small_template: Path, tmp_path: Path
) -> None:
    message = refusal(invoke, tmp_path, "service", "--template", small_template, "--preset", "api")

    assert message.startswith("There is no terminal to prompt for project_name, package_name, ")
    assert message.endswith("add --defaults, or answer with --data.")


def test_invalid_personal_defaults_are_refused(
    invoke: Run, small_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.yml").write_text("defaults: [")
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(tmp_path / "settings.yml"))

    message = refusal(invoke, tmp_path, "service", "--template", small_template, "--defaults")

    assert "Invalid YAML data" in message


def test_an_invalid_copier_yml_is_refused(invoke: Run, own_template: Path, tmp_path: Path) -> None:
    (own_template / "copier.yml").write_text("a: [")

    message = refusal(invoke, tmp_path, "service", "--template", own_template, "--defaults")

    assert message.startswith("The template's copier.yml cannot be read: ")


def test_an_invalid_template_is_refused(invoke: Run, own_template: Path, tmp_path: Path) -> None:
    (own_template / "template" / "zz.txt.jinja").write_text("{{ nothing }}")

    message = refusal(invoke, tmp_path, "service", "--template", own_template, "--defaults")

    assert message == (
        "The template cannot be rendered: 'nothing' is undefined. "
        "Check a bundle's files with `flaskwright catalog ID`."
    )


def test_a_deleted_working_directory_is_reported(small_template: Path, tmp_path: Path) -> None:
    result = subprocess.run(
        [
            *IN_DELETED_DIRECTORY,
            sys.executable,
            "-m",
            "flaskwright",
            "new",
            "service",
            "--template",
            str(small_template),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert result.stderr == (
        "flaskwright: The working directory no longer exists: change to another directory.\n"
    )
