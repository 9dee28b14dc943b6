"""Without `--template`, the template is found at the place the tool was installed from."""

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
from tests.tool.catalogs import write_small_template
from tests.tool.conftest import Run, answers, commit

Installed = Callable[[dict[str, Any] | None], Run]


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    """Install the tool like a wheel. `origin` is the content of pip's direct_url.json, if any."""

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


def test_a_checkout_uses_its_own_template(run: Run) -> None:
    result = run("catalog", "--json")

    bundles = {bundle["id"] for bundle in json.loads(result.stdout)["bundles"]}
    assert bundles == {path.parent.name for path in ROOT.glob("extensions_catalog/*/extension.yml")}


def test_a_tool_installed_from_a_directory_uses_it(
    installed: Installed, small_template: Path, tmp_path: Path
) -> None:
    run = installed({"url": small_template.as_uri(), "dir_info": {}})

    assert run("new", "service", "--defaults").returncode == 0

    assert answers(tmp_path / "service")["_src_path"] == str(small_template)


def test_a_tool_installed_from_a_git_url_uses_its_commit(
    installed: Installed, tmp_path: Path
) -> None:
    template = commit(write_small_template(tmp_path / "template"))
    commit_id = subprocess.check_output(
        ["git", "rev-parse", "HEAD"], cwd=template, text=True
    ).strip()
    (template / "template" / "NOTES.md").write_text("later\n")
    commit(template)
    origin = {"url": template.as_uri(), "vcs_info": {"vcs": "git", "commit_id": commit_id}}
    run = installed(origin)

    result = run("new", "service", "--defaults")

    assert result.returncode == 0, result.stderr
    assert "--template" not in result.stdout
    assert not (tmp_path / "service" / "NOTES.md").exists()
    recorded = answers(tmp_path / "service")
    assert recorded["_src_path"] == f"git+{template.as_uri()}"
    assert commit_id.startswith(str(recorded["_commit"]))


@pytest.mark.parametrize(
    "origin",
    [
        None,
        {"url": "https://example.com/flaskwright.whl", "archive_info": {}},
        {"url": "file:///gone", "dir_info": {}},
    ],
)
def test_a_tool_installed_without_a_template_requires_the_option(
    origin: dict[str, Any] | None, installed: Installed, small_template: Path
) -> None:
    run = installed(origin)

    result = run("new", "service", "--defaults")

    assert result.returncode == 1
    assert result.stderr == (
        "flaskwright: No template was installed with the tool: use --template with a directory "
        "or a git URL.\n"
    )
    assert run("new", "service", "--defaults", "--template", small_template).returncode == 0


def test_a_missing_git_is_reported(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    result = run("new", "service", "--defaults", "--template", "https://git.example.com/x.git")

    assert result.stderr == "flaskwright: git is not installed: install it and try again.\n"
