"""What `cookiecutter` cannot make is told in a line, in Copier's words; nothing is left behind."""

import os
import re
import sys
from pathlib import Path

import copier
import pytest

from tests.template import ROOT, files
from tests.tool.cookiecutter.baking import Cookiecutter, copied, git, refusal

TOOLS = Path(sys.executable).parent


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("package_name=class", "'package_name': \"class\" is a Python keyword"),
        ("project_name= ", "'project_name': Give the service a name"),
        ("description=", "'description': Write a sentence"),
        ("author_email=nobody", "'author_email': Write an address"),
        ("description=a\nfatal: b", "'description': Use printable characters only"),
        ("extensions=databse", "Invalid choice for 'extensions': 'databse' is not in ["),
        ("extensions=a: [b", "Invalid choice for 'extensions': 'a: [b' is not in ["),
        ("extensions=redis_broker", "Invalid choice for 'extensions': 'redis_broker'"),
    ],
)
def test_an_answer_that_cannot_be(
    answer: str, told: str, door: Path, bake: Cookiecutter, tmp_path: Path
) -> None:
    assert told in refusal(bake(door, answer, "directory=made"), tmp_path / "here")


def test_a_choice_that_is_none(door: Path, bake: Cookiecutter, tmp_path: Path) -> None:
    done = bake(door, "license=GPL")

    assert done.returncode == 1
    assert "GPL provided for choice variable license" in done.stderr
    assert [*(tmp_path / "here").iterdir()] == []


def test_a_revision_that_is_not_there(door: Path, bake: Cookiecutter, tmp_path: Path) -> None:
    done = bake(door, "--checkout", "--help")

    assert refusal(done, tmp_path / "here") == "Unknown revision: '--help'"


def test_a_zip_has_no_versions(door: Path, bake: Cookiecutter, tmp_path: Path) -> None:
    archive = tmp_path / "template.zip"
    git(door, "archive", f"--output={archive}", "--prefix=template/", "HEAD")

    message = refusal(bake(archive), tmp_path / "here")

    assert message == "The template has no versions, so nothing could be updated: name its git URL."


@pytest.mark.parametrize("overwrite", [(), ("--overwrite-if-exists",)])
def test_an_existing_destination(
    overwrite: tuple[str, ...], door: Path, bake: Cookiecutter, tmp_path: Path
) -> None:
    made = tmp_path / "here" / "made"
    made.mkdir()
    (made / "README.md").write_text("mine")

    done = bake(door, "directory=made", *overwrite)

    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    said = done.stderr if overwrite else done.stdout
    told = "holds files, and none is overwritten" if overwrite else "directory already exists"
    assert told in said
    assert files(made) == {"README.md": b"mine"}


def test_an_empty_destination(door: Path, bake: Cookiecutter, tmp_path: Path) -> None:
    made = tmp_path / "here" / "made"
    made.mkdir()

    assert bake(door, "directory=made", "preset=minimal", "--overwrite-if-exists").returncode == 0
    assert files(made) == files(copied(door, tmp_path / "copied" / "made", "preset=minimal"))


@pytest.fixture
def without_copier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """An installation where all but Copier is; returns the interpreter's options."""
    site = tmp_path / "site"
    site.mkdir()
    installed = Path(copier.__file__).parents[1]
    for entry in installed.iterdir():
        if not entry.name.startswith("copier"):
            (site / entry.name).symlink_to(entry)
    monkeypatch.setenv("PYTHONPATH", str(site))
    return ("-S",)


def test_copier_is_missing(
    door: Path,
    bake: Cookiecutter,
    without_copier: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    done = bake(door, options=without_copier)

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == (
        "Unable to load extension: Copier, which makes the service, is not installed: "
        'install it beside cookiecutter, as with `pip install "copier>=9.17.2,<10"`.\n'
    )
    assert [*(tmp_path / "here").iterdir()] == []


def test_copier_is_installed_elsewhere(
    door: Path,
    bake: Cookiecutter,
    without_copier: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "copier"
    script.write_text(f'#!/bin/sh\nunset PYTHONPATH\nexec "{TOOLS}/copier" "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")

    done = bake(door, "preset=minimal", options=without_copier)

    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "here" / "my-service" / "pyproject.toml").is_file()


def test_the_copier_that_is_asked_for_is_the_template_s() -> None:
    bounds = re.findall(r"copier>=([0-9.]+)", (ROOT / "hooks" / "handover.py").read_text("utf-8"))
    needed = re.findall(r'_min_copier_version: "(.+)"', (ROOT / "copier.yml").read_text("utf-8"))

    assert bounds == needed
