"""Where a template is found: as recorded, as requested, or beside the tool; in any git setup."""

import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

import flaskwright
from flaskwright.errors import CommandError
from tests.life.services import commit_tree, git
from tests.life.versions.release_history import (
    UNPACK,
    commit_id,
    create_template,
    describe,
    unpack_error,
    unpack_state,
    versions_of,
    write_release_table,
)


def test_a_shallow_clone_has_only_its_last_commit(template: Path, tmp_path: Path) -> None:
    first = commit_id(template, "v1.0.0")
    write_release_table(template, v1_0_0=first)
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-tags", template.as_uri(), str(shallow))
    versions = versions_of(shallow)

    last = describe(shallow, "HEAD")
    assert unpack_state(versions, last, tmp_path / "into") == "unreleased"
    assert (versions.latest(), versions.newer_than(last)) == (last, None)
    message = unpack_error(versions, "v1.0.0", tmp_path / "into")
    assert f"Release v1.0.0 is commit {first[:12]}, which {shallow} does not have" in message


def test_versions_of_a_linked_work_tree(template: Path, tmp_path: Path) -> None:
    git(template, "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"), "v1.1.0")
    versions = versions_of(tmp_path / "linked")

    assert unpack_state(versions, "v1.0.0", tmp_path / "into") == "1.0.0"
    assert unpack_state(versions, "HEAD", tmp_path / "into") == "1.1.0"


def test_versions_of_a_bare_repository(template: Path, tmp_path: Path, cache: Path) -> None:
    (cache.parent / "config" / "git" / "config").write_text("")
    git(tmp_path, "clone", "--quiet", "--bare", str(template), str(tmp_path / "bare.git"))

    assert unpack_state(versions_of(tmp_path / "bare.git"), "v1.0.0", tmp_path / "into") == "1.0.0"


def test_versions_of_a_sha256_repository(tmp_path: Path) -> None:
    template = create_template(tmp_path / "long", "--object-format=sha256")
    first = commit_id(template, "v1.0.0")
    git(template, "tag", "--delete", "v1.0.0", "v1.1.0")
    write_release_table(template, v1_0_0=first)

    for source in (template, f"git+{template.as_uri()}"):
        assert len(first) == 64
        assert unpack_state(versions_of(source), first, tmp_path / "into") == "1.0.0"
        assert versions_of(source).latest() == "v1.0.0"


def test_the_environment_of_a_git_hook_is_ignored(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = commit_tree(tmp_path / "other", {"a": b"a"})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))

    for source in (template, f"git+{template.as_uri()}"):
        assert unpack_state(versions_of(source), "v1.0.0", tmp_path / "into") == "1.0.0"
        assert versions_of(source).describe("v1.1.0") == "v1.1.0"
        assert versions_of(source).latest() == "v1.1.0"


# --- a template outside git --------------------------------------------------------------------


@pytest.mark.parametrize("inside", [False, True])
def test_a_directory_outside_git_has_no_versions(
    inside: bool, template: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "outer" / "template"
    shutil.copytree(template, folder, ignore=shutil.ignore_patterns(".git"))
    if inside:
        commit_tree(tmp_path / "outer", {})
    versions = versions_of(folder, None)
    error = "generated from a template that is not in git, so it has no other versions: "

    assert versions.unpack(None, tmp_path / "into") == folder
    for query in (versions.latest, partial(versions.describe, "v1.0.0")):
        with pytest.raises(CommandError, match=error):
            query()
    assert error in unpack_error(versions, "v1.0.0", tmp_path / "into")


def test_a_repository_around_the_templates_directory_is_not_used(
    template: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "outer" / "template"
    shutil.copytree(template, folder, ignore=shutil.ignore_patterns(".git"))
    commit_tree(tmp_path / "outer", {"copier.yml": b"", "extensions_catalog/state": b"outer"})
    git(tmp_path / "outer", "tag", "v9.9.0")

    message = unpack_error(versions_of(folder), "v9.9.0", tmp_path / "into")
    assert message.startswith(f"Version v9.9.0 of the template {folder} was not found: ")


def test_a_missing_directory_outside_git_is_reported(template: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"

    message = unpack_error(versions_of(gone, None), None, tmp_path / "into")
    assert message.startswith(f"The template {gone} does not exist, ")
    assert versions_of(gone, None, str(template)).unpack(None, tmp_path / "into") == template


# --- the requested template, and the tool's own ------------------------------------------------


def test_a_missing_directory_is_reported(template: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"

    message = unpack_error(versions_of(gone), "v0.0.9", tmp_path / "into")
    assert message.startswith(f"Version v0.0.9 of the template {gone} was not found: ")

    versions = versions_of(gone, requested=str(template))
    assert unpack_state(versions, "v1.0.0", tmp_path / "into") == "1.0.0"
    assert versions.newer_than("v1.0.0") == "v1.1.0"


def test_the_newest_version_is_the_requested_templates(template: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    git(tmp_path, "clone", "--quiet", str(template), str(newer))
    commit_tree(newer, {"extensions_catalog/state": b"1.2.0"})
    git(newer, "tag", "v1.2.0")

    versions = versions_of(template, requested=str(newer))

    assert versions.latest() == "v1.2.0"
    assert unpack_state(versions, "v1.2.0", tmp_path / "into") == "1.2.0"
    assert unpack_state(versions, "v1.0.0", tmp_path / "into") == "1.0.0"


def test_a_revision_in_the_requested_url_is_used_as_the_newest_version(
    template: Path, tmp_path: Path
) -> None:
    versions = versions_of(tmp_path / "gone", requested=f"git+{template.as_uri()}@v1.0.0")

    assert versions.latest() == "v1.0.0"
    assert versions.newer_than("v1.0.0") is None
    assert unpack_state(versions, "v1.1.0", tmp_path / "into") == "1.1.0"


def test_the_tools_own_template_is_used_for_commits(template: Path, tmp_path: Path) -> None:
    """Its releases are used only if it comes from the recorded URL."""
    site = tmp_path / "site"
    shutil.copytree(Path(flaskwright.__file__).parent, site / "src" / "flaskwright")
    shutil.copytree(template, site, dirs_exist_ok=True)
    url = "git+file:///nowhere/template"

    def unpack(version: str) -> "subprocess.CompletedProcess[str]":
        into = tmp_path / "into"
        shutil.rmtree(into, ignore_errors=True)
        return subprocess.run(
            [sys.executable, "-c", UNPACK, url, version, str(into)],
            env=os.environ | {"PYTHONPATH": str(site / "src")},
            capture_output=True,
            text=True,
            check=False,
        )

    assert unpack(commit_id(template, "v1.0.0")).returncode == 0
    assert f"Version v1.0.0 of the template {url} was not found: " in unpack("v1.0.0").stderr
    git(site, "remote", "add", "upstream", "file:///nowhere/template.git")
    assert unpack("v1.0.0").returncode == 0
