"""What `flaskwright new` refuses: in one line that says what to do, with nothing written."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tool.conftest import Run

GONE = ("sh", "-c", 'mkdir a && cd a && rmdir ../a && exec "$@"', "sh")


def refusal(call: Run, tmp_path: Path, *arguments: str | Path) -> str:
    """Run `new` and return its one line; nothing may be written."""
    before = sorted(tmp_path.rglob("*"))
    done = call("new", *arguments)
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert done.stderr.startswith("flaskwright: ")
    assert done.stderr.count("\n") == 1, done.stderr
    assert sorted(tmp_path.rglob("*")) == before
    return done.stderr.removeprefix("flaskwright: ").rstrip("\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--preset", "apo"], "There is no preset apo (did you mean api?): use minimal and api."),
        (["--with", "stor"], "There is no stor (did you mean store?): `flaskwright catalog` lists"),
        (["--without", "a,b"], "There is no a and b: `flaskwright catalog` lists what there is."),
        (["--with", "paper"], "paper is retired: pick page."),
        (
            ["--with", "rabbitmq_broker"],
            "rabbitmq_broker comes with the answer broker=rabbitmq: give that, with --data",
        ),
        (["--with", "page", "--without", "page"], "Name page once: either with it or without it."),
        (
            ["--without", "store"],
            "store cannot be left out: tasks needs it; leave that out too, "
            "with --without store,tasks.",
        ),
        (["--with", "page,desk"], "desk and page exclude each other: both want the door."),
        (
            ["--data", "extensions=[page, desk]"],
            "desk and page exclude each other: both want the door.",
        ),
        (["--data", "extensions=[stor]"], "There is no stor (did you mean store?)"),
        (["--data", "extensions=page"], "extensions: write a list, such as '[api, database]'."),
        (["--data", "extensions=[", "--data", "ci=none"], "extensions: write a list"),
        (["--data", "extensions=[]", "--with", "page"], "Use either --data extensions=..."),
        (["--preset", "api", "--data", "preset=api"], "The preset is named twice"),
        (["--data", "licence=MIT"], "There is no question licence (did you mean license?): use "),
        (["--data", "catalog=[]"], "There is no question catalog: use project_name, "),
        (["--data", "_src_path=x"], "There is no question _src_path"),
        (["--data", "license"], "license: write it as question=answer."),
        (["--data", "license=GPL"], "license: 'GPL' is not in ['MIT', "),
        (["--data", "package_name=class"], 'package_name: "class" is a Python keyword'),
        (["--data", "project_name="], "project_name: Give the service a name"),
        (["--template", "nowhere"], "There is no template at nowhere: name a directory"),
        (["--template", "."], "is not a Flaskwright template: it has no extensions_catalog;"),
        (["--template", "file:///nowhere"], "git could not do its part: "),
        (["--preset", "\x1b[31m"], r"There is no preset \x1b[31m: use minimal and api."),
        (["--colour"], "No such option"),
    ],
)
def test_a_refusal(
    options: list[str], message: str, call: Run, small: Path, tmp_path: Path
) -> None:
    template = [] if "--template" in options else ["--template", str(small)]

    assert message in refusal(call, tmp_path, "made", "--defaults", *template, *options)


def test_no_revision_of_that_name(call: Run, in_git: Path, tmp_path: Path) -> None:
    template = f"git+file://{in_git}@--help"

    message = refusal(call, tmp_path, "made", "--defaults", "--template", template)

    assert message == "The template has no revision --help: name a tag, branch or commit."


def test_without_a_terminal_nothing_can_be_asked(call: Run, small: Path, tmp_path: Path) -> None:
    message = refusal(call, tmp_path, "made", "--template", small, "--preset", "api")

    assert message.startswith("There is no terminal to ask for project_name, package_name, ")
    assert message.endswith("add --defaults, or answer with --data.")


def test_personal_defaults_that_cannot_be_read(
    call: Run, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.yml").write_text("defaults: [")
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(tmp_path / "settings.yml"))

    message = refusal(call, tmp_path, "made", "--template", small, "--defaults")

    assert "Invalid YAML data" in message


def test_a_copier_yml_that_cannot_be_read(call: Run, own: Path, tmp_path: Path) -> None:
    (own / "copier.yml").write_text("a: [")

    message = refusal(call, tmp_path, "made", "--template", own, "--defaults")

    assert message.startswith("The template's copier.yml cannot be read: ")


def test_a_template_that_cannot_be_rendered(call: Run, own: Path, tmp_path: Path) -> None:
    (own / "template" / "zz.txt.jinja").write_text("{{ nothing }}")

    message = refusal(call, tmp_path, "made", "--template", own, "--defaults")

    assert message == "The template cannot be rendered: 'nothing' is undefined"


def test_a_working_directory_that_is_gone(small: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [*GONE, sys.executable, "-m", "flaskwright", "new", "made", "--template", str(small)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == (
        "flaskwright: No such file or directory: the working directory; go elsewhere.\n"
    )
