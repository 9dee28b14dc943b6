"""The same answers render the same bytes, in every environment and with either tool."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.commands import rest_after
from tests.interpreters import SUPPORTED, require
from tests.matrix.environments import LOCKED_TOOLS, create_environment, uv
from tests.template import ROOT, copy_template, files, render

ANSWERS = {"preset": "full", "broker": "rabbitmq", "project_name": "Grüße & Co"}
ENVIRONMENTS: list[dict[str, str]] = [
    {
        "TZ": "Asia/Kathmandu",
        "LANG": "C",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "0",
        "UMASK": "022",
        "CWD": "/",
    },
    {
        "TZ": "Pacific/Chatham",
        "LANG": "POSIX",
        "LC_ALL": "POSIX",
        "PYTHONHASHSEED": "1",
        "UMASK": "027",
    },
    {
        "LANG": "tr_TR.UTF-8",
        "LC_ALL": "tr_TR.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "4294967295",
        "UMASK": "077",
        "HOME": "/",
    },
    {"LANG": "de_DE", "LC_ALL": "de_DE", "HOME": "/nowhere", "CWD": str(ROOT)},
    {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "COLUMNS": "20", "TERM": "dumb"},
    {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"},
]


def tree(root: Path) -> dict[str, tuple[bool, bytes]]:
    """Return whether each file is executable, and its content."""
    return {
        name: (bool((root / name).stat().st_mode & stat.S_IXUSR), text)
        for name, text in files(root).items()
    }


@pytest.fixture(scope="session")
def reference(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rendering in this environment."""
    return render(template, tmp_path_factory.mktemp("reference") / "tree", ANSWERS)


def _copy(python: str, template: Path, destination: Path, environment: dict[str, str]) -> None:
    """Run `copier copy` with these environment variables; UMASK and CWD are set for the process."""
    answers = destination.with_suffix(".yml")
    answers.write_text(yaml.safe_dump(ANSWERS))
    command = ("copier", "copy", "--quiet", "--defaults", "--data-file", answers)
    subprocess.run(
        (python, "-m", *command, template, destination),
        cwd=environment.get("CWD"),
        env={**os.environ, "HOME": str(destination.parent), **environment},
        umask=int(environment.get("UMASK", "022"), 8),
        check=True,
    )


@pytest.mark.parametrize("name", ["[t]emplate", *(["*", "?", "\\"] if os.name == "posix" else [])])
def test_every_template_path_renders_the_same_bytes(
    name: str, template: Path, reference: Path, tmp_path: Path
) -> None:
    shutil.copytree(template, tmp_path / name)
    rendered = tree(render(tmp_path / name, tmp_path / "tree", ANSWERS))

    answers = ".copier-answers.yml"  # it has the path
    assert {**rendered, answers: None} == {**tree(reference), answers: None}


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=str)
def test_every_environment_renders_the_same_bytes(
    environment: dict[str, str], template: Path, reference: Path, tmp_path: Path
) -> None:
    _copy(sys.executable, template, tmp_path / "tree", environment)

    assert tree(tmp_path / "tree") == tree(reference)


@pytest.mark.parametrize("version", rest_after(1, reversed(SUPPORTED)))
def test_every_python_renders_the_same_bytes(
    version: str, template: Path, reference: Path, tmp_path: Path
) -> None:
    environment = tmp_path / "environment"
    create_environment(environment, require(version))
    tools = ("--constraints", str(LOCKED_TOOLS), "copier")
    uv("pip", "install", "--quiet", *tools, environment=environment)

    _copy(str(environment / "bin" / "python"), template, tmp_path / "tree", {})

    assert tree(tmp_path / "tree") == tree(reference)


def test_every_order_of_bundles_renders_the_same_bytes(template: Path, tmp_path: Path) -> None:
    orders = (["cache", "tasks", "api"], ["api", "cache", "tasks"], ["tasks", "api", "cache"])
    trees = [
        files(render(template, tmp_path / str(number), {"preset": "minimal", "extensions": order}))
        for number, order in enumerate(orders)
    ]

    assert trees[0] == trees[1] == trees[2]


def test_copier_and_flaskwright_render_the_same_bytes(template: Path, tmp_path: Path) -> None:
    checkout = copy_template(tmp_path / "checkout", template)
    for step in ("init --quiet", "add --all", "commit --quiet --message=one"):
        author = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
        subprocess.run(("git", *author, *step.split()), cwd=checkout, check=True)
    data = [f"--data={name}={value}" for name, value in ANSWERS.items()]

    for command in (("copier", "copy"), ("flaskwright", "new", "--template")):
        subprocess.run(
            (sys.executable, "-m", *command, checkout, tmp_path / command[0], "--defaults", *data),
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )

    assert tree(tmp_path / "copier") == tree(tmp_path / "flaskwright")
