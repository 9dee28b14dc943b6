"""`make release`: the table of releases, its tags, and the changelog that a user reads."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.version import Version

from flaskwright.template import releases
from tests.template import ROOT
from tests.tool.conftest import commit

CHANGES = "# Changes\n\n## {} (2026-11-21)\n\nNew.\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository before its first release, of somebody whom git knows."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    (tmp_path / ".gitconfig").write_text("[user]\nname = Test\nemail = test@example.com\n")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "releases.yml").write_text("[]\n")
    return version(folder, "0.1.0")


def version(folder: Path, number: str) -> Path:
    """Commit what is to be released."""
    (folder / "pyproject.toml").write_text(f'[project]\nversion = "{number}"\n')
    (folder / "CHANGELOG.md").write_text(CHANGES.format(number))
    return commit(folder)


def make_release(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Do what `make release` does."""
    return subprocess.run(
        [sys.executable, "-m", "flaskwright.template.releases"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def git(folder: Path, *arguments: str) -> str:
    command = ("git", *arguments)
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def refusal(folder: Path) -> str:
    """Return the one line that refuses; nothing may be changed."""
    before = (
        git(folder, "log", "--oneline"),
        git(folder, "status", "--porcelain"),
        git(folder, "tag"),
    )
    done = make_release(folder)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    after = (
        git(folder, "log", "--oneline"),
        git(folder, "status", "--porcelain"),
        git(folder, "tag"),
    )
    assert after == before
    return done.stderr


def test_a_release_is_entered_and_tagged(project: Path) -> None:
    released = git(project, "rev-parse", "HEAD").strip()

    done = make_release(project)

    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "Entered 0.1.0 in releases.yml, and committed that.\n"
        "Set v0.1.0: `git push origin HEAD v0.1.0` publishes it.\n"
    )
    assert releases.table(project) == {"v0.1.0": released}
    assert git(project, "rev-parse", "v0.1.0", "HEAD~1").split() == [released, released]
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "show", "--format=", "--name-only", "HEAD") == "releases.yml\n"


def test_again_it_changes_nothing(project: Path) -> None:
    make_release(project)
    before = git(project, "log", "--oneline")

    done = make_release(project)

    assert done.returncode == 0
    assert done.stdout == (
        "0.1.0 is in releases.yml: raise the version in pyproject.toml for the next one.\n"
    )
    assert git(project, "log", "--oneline") == before


def test_the_next_release_keeps_the_earlier_ones(project: Path) -> None:
    make_release(project)
    first = git(project, "rev-parse", "v0.1.0").strip()
    version(project, "0.2.0")

    assert make_release(project).returncode == 0

    second = git(project, "rev-parse", "HEAD~1").strip()
    assert list(releases.table(project).items()) == [("v0.1.0", first), ("v0.2.0", second)]
    text = (project / "releases.yml").read_text()
    assert text.startswith(releases.HEADING)
    assert yaml.safe_load(text)[1] == {"version": "0.2.0", "commit": second}


def test_all_tags_that_are_missing_from_a_clone_are_set(project: Path, tmp_path: Path) -> None:
    make_release(project)
    version(project, "0.2.0")
    make_release(project)
    git(tmp_path, "clone", "--quiet", "--no-tags", str(project), "clone")

    done = make_release(tmp_path / "clone")

    assert done.returncode == 0, done.stderr
    tags = ("show-ref", "--tags")
    assert git(tmp_path / "clone", *tags) == git(project, *tags) != ""


def test_changes_that_are_not_committed(project: Path) -> None:
    (project / "mine").write_text("")

    assert "not committed: commit or stash them first." in refusal(project)


def test_a_version_without_a_heading(project: Path) -> None:
    (project / "CHANGELOG.md").write_text(CHANGES.format("0.1.0rc1"))
    commit(project)

    assert "CHANGELOG.md has no heading '## 0.1.0'" in refusal(project)


def test_a_tag_that_is_another_commit(project: Path) -> None:
    make_release(project)
    git(project, "tag", "--force", "v0.1.0", "HEAD")

    assert re.search(r"v0.1.0 is commit \w{12} here, and \w{12} in releases.yml", refusal(project))


def test_a_history_that_was_rewritten(project: Path) -> None:
    make_release(project)
    git(project, "tag", "--delete", "v0.1.0")
    (project / "releases.yml").write_text(f"- {{version: 0.1.0, commit: {'d' * 40}}}\n")
    commit(project)

    told = refusal(project)

    assert "v0.1.0 is commit dddddddddddd, which this clone does not have." in told


def test_a_commit_that_git_refuses(project: Path, tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text("[user]\nuseConfigOnly = true\n")

    assert "git could not do its part: " in refusal(project)


def test_a_table_that_cannot_be_read(project: Path) -> None:
    (project / "releases.yml").write_text("- version: 0.1.0\n")
    commit(project)

    assert "cannot be read: 0.commit: Field required." in refusal(project)


def test_this_version_s_changes_are_told() -> None:
    number = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]

    assert re.search(
        rf"^## {re.escape(number)}\b", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M
    )


def test_the_releases_of_this_repository_are_in_order_and_told() -> None:
    listed = yaml.safe_load((ROOT / "releases.yml").read_text("utf-8"))
    versions = [Version(entry["version"]) for entry in listed]
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)

    assert versions == sorted({*versions})
    assert {str(version) for version in versions} <= {*headings}
