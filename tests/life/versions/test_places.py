"""The template is found whatever git is like there: as recorded, as told, or as the tool's own."""

import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

import flaskwright
from flaskwright.errors import CommandError
from tests.life.services import git, put
from tests.life.versions.history import (
    UNPACK,
    describe,
    enter,
    history,
    id_of,
    refusal,
    state,
    templates,
)


def test_a_shallow_clone(template: Path, tmp_path: Path) -> None:
    first = id_of(template, "v1.0.0")
    enter(template, v1_0_0=first)
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-tags", template.as_uri(), str(shallow))
    found = templates(shallow)

    last = describe(shallow, "HEAD")
    assert state(found, last, tmp_path / "into") == "unreleased"
    assert (found.latest(), found.newer_than(last)) == (last, None)
    message = refusal(found, "v1.0.0", tmp_path / "into")
    assert f"Release v1.0.0 is commit {first[:12]}, which {shallow} does not have" in message


def test_a_linked_work_tree(template: Path, tmp_path: Path) -> None:
    git(template, "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"), "v1.1.0")
    found = templates(tmp_path / "linked")

    assert state(found, "v1.0.0", tmp_path / "into") == "1.0.0"
    assert state(found, "HEAD", tmp_path / "into") == "1.1.0"


def test_a_bare_repository(template: Path, tmp_path: Path, cache: Path) -> None:
    (cache.parent / "config" / "git" / "config").write_text("")
    git(tmp_path, "clone", "--quiet", "--bare", str(template), str(tmp_path / "bare.git"))

    assert state(templates(tmp_path / "bare.git"), "v1.0.0", tmp_path / "into") == "1.0.0"


def test_a_repository_of_sha_256(tmp_path: Path) -> None:
    template = history(tmp_path / "long", "--object-format=sha256")
    first = id_of(template, "v1.0.0")
    git(template, "tag", "--delete", "v1.0.0", "v1.1.0")
    enter(template, v1_0_0=first)

    for source in (template, f"git+{template.as_uri()}"):
        assert len(first) == 64
        assert state(templates(source), first, tmp_path / "into") == "1.0.0"
        assert templates(source).latest() == "v1.0.0"


def test_inside_of_a_git_hook(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = put(tmp_path / "other", {"a": b"a"})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))

    for source in (template, f"git+{template.as_uri()}"):
        assert state(templates(source), "v1.0.0", tmp_path / "into") == "1.0.0"
        assert templates(source).describe("v1.1.0") == "v1.1.0"
        assert templates(source).latest() == "v1.1.0"


# --- a template outside git --------------------------------------------------------------------


@pytest.mark.parametrize("inside", [False, True])
def test_a_directory_outside_git_has_its_present_state(
    inside: bool, template: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "outer" / "template"
    shutil.copytree(template, folder, ignore=shutil.ignore_patterns(".git"))
    if inside:
        put(tmp_path / "outer", {})
    found = templates(folder, None)

    assert found.unpack(None, tmp_path / "into") == folder
    for ask in (found.latest, partial(found.describe, "v1.0.0")):
        with pytest.raises(CommandError, match="only the template's present state can be used"):
            ask()
    assert "present state" in refusal(found, "v1.0.0", tmp_path / "into")


def test_the_repository_around_a_directory_is_not_the_template_s(
    template: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "outer" / "template"
    shutil.copytree(template, folder, ignore=shutil.ignore_patterns(".git"))
    put(tmp_path / "outer", {"copier.yml": b"", "extensions_catalog/state": b"outer"})
    git(tmp_path / "outer", "tag", "v9.9.0")

    assert "cannot be had" in refusal(templates(folder), "v9.9.0", tmp_path / "into")


def test_a_directory_outside_git_that_is_gone(template: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"

    assert f"{gone} is not there" in refusal(templates(gone, None), None, tmp_path / "into")
    assert templates(gone, None, str(template)).unpack(None, tmp_path / "into") == template


# --- what is told, and what the tool came with -------------------------------------------------


def test_a_directory_that_is_gone(template: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"

    message = refusal(templates(gone), "v0.0.9", tmp_path / "into")
    assert message.startswith(f"The template {gone} at v0.0.9 cannot be had: ")

    found = templates(gone, told=str(template))
    assert state(found, "v1.0.0", tmp_path / "into") == "1.0.0"
    assert found.newer_than("v1.0.0") == "v1.1.0"


def test_what_is_told_has_the_newest_versions(template: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    git(tmp_path, "clone", "--quiet", str(template), str(newer))
    put(newer, {"extensions_catalog/state": b"1.2.0"})
    git(newer, "tag", "v1.2.0")

    found = templates(template, told=str(newer))

    assert found.latest() == "v1.2.0"
    assert state(found, "v1.2.0", tmp_path / "into") == "1.2.0"
    assert state(found, "v1.0.0", tmp_path / "into") == "1.0.0"


def test_a_url_that_is_told_with_a_revision(template: Path, tmp_path: Path) -> None:
    found = templates(tmp_path / "gone", told=f"git+{template.as_uri()}@v1.0.0")

    assert found.latest() == "v1.0.0"
    assert found.newer_than("v1.0.0") is None
    assert state(found, "v1.1.0", tmp_path / "into") == "1.1.0"


def test_the_template_that_the_tool_came_with(template: Path, tmp_path: Path) -> None:
    """Its commits are its own, but another template's release is not taken for the service's."""
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

    assert unpack(id_of(template, "v1.0.0")).returncode == 0
    assert "cannot be had" in unpack("v1.0.0").stderr
    git(site, "remote", "add", "upstream", "file:///nowhere/template.git")
    assert unpack("v1.0.0").returncode == 0
