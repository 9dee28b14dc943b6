"""`make release` adds a release to releases.yml, creates its tag, and requires a changelog."""

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
    """A repository before its first release, with a name and an e-mail address for commits."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    (tmp_path / ".gitconfig").write_text("[user]\nname = Test\nemail = test@example.com\n")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "releases.yml").write_text("[]\n")
    return commit_version(folder, "0.1.0")


def commit_version(folder: Path, number: str) -> Path:
    """Commit a version in pyproject.toml, with its heading in the changelog."""
    (folder / "pyproject.toml").write_text(f'[project]\nversion = "{number}"\n')
    (folder / "CHANGELOG.md").write_text(CHANGES.format(number))
    return commit(folder)


def make_release(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run the command of `make release`."""
    return subprocess.run(
        [sys.executable, "-m", "flaskwright.template.releases"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def git(folder: Path, *arguments: str) -> str:
    """Run git in `folder`, and return its output."""
    command = ("git", *arguments)
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def refusal(folder: Path) -> str:
    """Assert that the release failed with one line and changed nothing, and return the line."""
    before = state(folder)
    result = make_release(folder)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert state(folder) == before
    return result.stderr


def state(folder: Path) -> tuple[str, ...]:
    """Return the repository's commits, uncommitted changes and tags."""
    commands = (("log", "--oneline"), ("status", "--porcelain"), ("tag",))
    return tuple(git(folder, *command) for command in commands)


def test_a_release_is_recorded_and_tagged(project: Path) -> None:
    released = git(project, "rev-parse", "HEAD").strip()

    result = make_release(project)

    assert result.returncode == 0, result.stderr
    assert result.stdout == (
        "Added 0.1.0 to releases.yml, and committed it.\n"
        "Created the tag v0.1.0. To publish it: git push origin HEAD v0.1.0\n"
    )
    assert releases.table(project) == {"v0.1.0": released}
    assert git(project, "rev-parse", "v0.1.0", "HEAD~1").split() == [released, released]
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "show", "--format=", "--name-only", "HEAD") == "releases.yml\n"


def test_a_second_run_changes_nothing(project: Path) -> None:
    make_release(project)
    before = git(project, "log", "--oneline")

    result = make_release(project)

    assert result.returncode == 0
    assert result.stdout == (
        "0.1.0 is in releases.yml: for a new release, raise the version in pyproject.toml.\n"
    )
    assert git(project, "log", "--oneline") == before


def test_the_next_release_keeps_the_earlier_ones(project: Path) -> None:
    make_release(project)
    first = git(project, "rev-parse", "v0.1.0").strip()
    commit_version(project, "0.2.0")

    assert make_release(project).returncode == 0

    second = git(project, "rev-parse", "HEAD~1").strip()
    assert list(releases.table(project).items()) == [("v0.1.0", first), ("v0.2.0", second)]
    text = (project / "releases.yml").read_text()
    assert text.startswith(releases.HEADING)
    assert yaml.safe_load(text)[1] == {"version": "0.2.0", "commit": second}


def test_all_missing_tags_of_a_clone_are_created(project: Path, tmp_path: Path) -> None:
    make_release(project)
    commit_version(project, "0.2.0")
    make_release(project)
    git(tmp_path, "clone", "--quiet", "--no-tags", str(project), "clone")

    result = make_release(tmp_path / "clone")

    assert result.returncode == 0, result.stderr
    tags = ("show-ref", "--tags")
    assert git(tmp_path / "clone", *tags) == git(project, *tags) != ""


def test_uncommitted_changes_are_refused(project: Path) -> None:
    (project / "mine").write_text("")

    assert "There are uncommitted changes: commit or stash them first." in refusal(project)


def test_a_version_without_a_changelog_heading_is_refused(project: Path) -> None:
    (project / "CHANGELOG.md").write_text(CHANGES.format("0.1.0rc1"))
    commit(project)

    assert "CHANGELOG.md has no heading '## 0.1.0'" in refusal(project)


def test_a_tag_of_another_commit_is_refused(project: Path) -> None:
    make_release(project)
    git(project, "tag", "--force", "v0.1.0", "HEAD")

    assert re.search(r"v0.1.0 is commit \w{12} here, but \w{12} in releases.yml", refusal(project))


def test_a_rewritten_history_is_refused(project: Path) -> None:
    make_release(project)
    git(project, "tag", "--delete", "v0.1.0")
    (project / "releases.yml").write_text(f"- {{version: 0.1.0, commit: {'d' * 40}}}\n")
    commit(project)

    message = refusal(project)

    assert "v0.1.0 is commit dddddddddddd, which this clone does not have." in message


def test_a_failed_commit_is_reported(project: Path, tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text("[user]\nuseConfigOnly = true\n")

    assert "git failed: " in refusal(project)


def test_an_invalid_releases_file_is_refused(project: Path) -> None:
    (project / "releases.yml").write_text("- version: 0.1.0\n")
    commit(project)

    assert "is invalid: 0.commit: Field required." in refusal(project)


def test_the_changelog_has_the_current_version() -> None:
    number = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]

    assert re.search(
        rf"^## {re.escape(number)}\b", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M
    )


def test_the_releases_of_this_repository_are_sorted_and_in_the_changelog() -> None:
    listed = yaml.safe_load((ROOT / "releases.yml").read_text("utf-8"))
    versions = [Version(entry["version"]) for entry in listed]
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)

    assert versions == sorted({*versions})
    assert {str(version) for version in versions} <= {*headings}
