"""Failures of `cookiecutter` print one line, mostly Copier's, and leave no files."""

import os
import re
import sys
from pathlib import Path

import copier
import pytest

from tests.template import ROOT, files
from tests.tool.cookiecutter.helpers import Cookiecutter, git, refusal, run_copier

TOOLS = Path(sys.executable).parent


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("package_name=class", "'package_name': \"class\" is a Python keyword"),
        ("project_name= ", "'project_name': Enter a name that"),
        ("description=", "'description': Enter a sentence"),
        ("author_email=nobody", "'author_email': Enter an address"),
        ("description=a\nfatal: b", "'description': Use printable characters only"),
        ("extensions=databse", "Invalid choice for 'extensions': 'databse' is not in ["),
        ("extensions=a: [b", "Invalid choice for 'extensions': 'a: [b' is not in ["),
        ("extensions=redis_broker", "Invalid choice for 'extensions': 'redis_broker'"),
    ],
)
def test_an_invalid_answer_is_refused(
    answer: str, message: str, repository: Path, run_cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    assert message in refusal(
        run_cookiecutter(repository, answer, "directory=service"), tmp_path / "here"
    )


def test_an_unknown_choice_is_refused(
    repository: Path, run_cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    result = run_cookiecutter(repository, "license=GPL")

    assert result.returncode == 1
    assert "GPL provided for choice variable license" in result.stderr
    assert [*(tmp_path / "here").iterdir()] == []


def test_an_unknown_revision_is_refused(
    repository: Path, run_cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    result = run_cookiecutter(repository, "--checkout", "--help")

    assert refusal(result, tmp_path / "here") == "Unknown revision: '--help'"


def test_a_zip_is_refused_because_it_has_no_versions(
    repository: Path, run_cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    archive = tmp_path / "template.zip"
    git(repository, "archive", f"--output={archive}", "--prefix=template/", "HEAD")

    message = refusal(run_cookiecutter(archive), tmp_path / "here")

    assert message == (
        "The template is not in git, so the service could not be updated: use its git URL."
    )


@pytest.mark.parametrize("overwrite", [(), ("--overwrite-if-exists",)])
def test_a_destination_with_files_is_refused(
    overwrite: tuple[str, ...], repository: Path, run_cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    service = tmp_path / "here" / "service"
    service.mkdir()
    (service / "README.md").write_text("mine")

    result = run_cookiecutter(repository, "directory=service", *overwrite)

    assert result.returncode == 1
    assert "Traceback" not in result.stdout + result.stderr
    output = result.stderr if overwrite else result.stdout
    message = "is not empty, and files are never" if overwrite else "directory already exists"
    assert message in output
    assert files(service) == {"README.md": b"mine"}


def test_an_empty_destination_is_used(
    repository: Path, run_cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    service = tmp_path / "here" / "service"
    service.mkdir()

    assert (
        run_cookiecutter(
            repository, "directory=service", "preset=minimal", "--overwrite-if-exists"
        ).returncode
        == 0
    )
    assert files(service) == files(
        run_copier(repository, tmp_path / "copied" / "service", "preset=minimal")
    )


@pytest.fixture
def without_copier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Hide Copier from the interpreter; return the options to run it with.

    The variable PYTHONPATH names a folder with every installed package except Copier.
    """
    site = tmp_path / "site"
    site.mkdir()
    installed = Path(copier.__file__).parents[1]
    for entry in installed.iterdir():
        if not entry.name.startswith("copier"):
            (site / entry.name).symlink_to(entry)
    monkeypatch.setenv("PYTHONPATH", str(site))
    return ("-S",)


def test_a_missing_copier_is_reported(
    repository: Path,
    run_cookiecutter: Cookiecutter,
    without_copier: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    result = run_cookiecutter(repository, options=without_copier)

    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout == (
        "Unable to load extension: Copier, which generates the service, is not installed: "
        "install it in cookiecutter's environment, for example with "
        '`pip install "copier>=9.17.2,<10"`.\n'
    )
    assert [*(tmp_path / "here").iterdir()] == []


def test_a_copier_outside_cookiecutter_s_environment_is_used(
    repository: Path,
    run_cookiecutter: Cookiecutter,
    without_copier: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "copier"
    script.write_text(f'#!/bin/sh\nunset PYTHONPATH\nexec "{TOOLS}/copier" "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")

    result = run_cookiecutter(repository, "preset=minimal", options=without_copier)

    assert result.returncode == 0, result.stdout + result.stderr
    assert (tmp_path / "here" / "my-service" / "pyproject.toml").is_file()


def test_the_hook_names_the_copier_version_that_the_template_needs() -> None:
    hook = (ROOT / "hooks" / "copier_bridge.py").read_text("utf-8")
    questions = (ROOT / "copier.yml").read_text("utf-8")

    versions = re.findall(r"copier>=([0-9.]+)", hook)
    assert versions == re.findall(r'_min_copier_version: "(.+)"', questions)
