"""The template is found where the tool was installed from."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import flaskwright
from tests.template import ROOT
from tests.tool.catalogs import small_template
from tests.tool.conftest import Run, answers, commit

Installed = Callable[[dict[str, Any] | None], Run]


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    """Install the tool as a wheel would be, with what pip notes about where it came from."""

    def install(origin: dict[str, Any] | None) -> Run:
        site = tmp_path / "site"
        shutil.copytree(Path(flaskwright.__file__).parent, site / "flaskwright")
        information = site / "flaskwright-0.1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text("Metadata-Version: 2.4\nName: flaskwright\n")
        if origin:
            (information / "direct_url.json").write_text(json.dumps(origin))

        def run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
            return subprocess.run(
                [sys.executable, "-m", "flaskwright", *arguments],
                cwd=tmp_path,
                env=os.environ | {"PYTHONPATH": str(site)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )

        return run

    return install


def test_a_checkout_brings_its_own(run: Run) -> None:
    done = run("catalog", "--json")

    bundles = {bundle["id"] for bundle in json.loads(done.stdout)["bundles"]}
    assert bundles == {path.parent.name for path in ROOT.glob("extensions_catalog/*/extension.yml")}


def test_installed_from_a_directory(installed: Installed, small: Path, tmp_path: Path) -> None:
    run = installed({"url": small.as_uri(), "dir_info": {}})

    assert run("new", "made", "--defaults").returncode == 0

    assert answers(tmp_path / "made")["_src_path"] == str(small)


def test_installed_from_a_git_url(installed: Installed, tmp_path: Path) -> None:
    template = commit(small_template(tmp_path / "template"))
    here = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=template, text=True).strip()
    (template / "template" / "NOTES.md").write_text("later\n")
    commit(template)
    origin = {"url": template.as_uri(), "vcs_info": {"vcs": "git", "commit_id": here}}
    run = installed(origin)

    done = run("new", "made", "--defaults")

    assert done.returncode == 0, done.stderr
    assert "--template" not in done.stdout
    assert not (tmp_path / "made" / "NOTES.md").exists()
    recorded = answers(tmp_path / "made")
    assert recorded["_src_path"] == f"git+{template.as_uri()}"
    assert here.startswith(str(recorded["_commit"]))


@pytest.mark.parametrize(
    "origin",
    [
        None,
        {"url": "https://example.com/flaskwright.whl", "archive_info": {}},
        {"url": "file:///gone", "dir_info": {}},
    ],
)
def test_installed_without_the_template(
    origin: dict[str, Any] | None, installed: Installed, small: Path
) -> None:
    run = installed(origin)

    done = run("new", "made", "--defaults")

    assert done.returncode == 1
    assert done.stderr == (
        "flaskwright: The tool was installed without its template: name it with --template, "
        "a directory or a git URL.\n"
    )
    assert run("new", "made", "--defaults", "--template", small).returncode == 0


def test_without_git(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    done = run("new", "made", "--defaults", "--template", "https://git.example.com/x.git")

    assert done.stderr == "flaskwright: git is not installed: install it and try again.\n"
