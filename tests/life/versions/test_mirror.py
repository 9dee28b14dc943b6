"""The local mirror of a template at a URL: fetched only when needed, used without the network."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flaskwright.errors import CommandError
from tests.life.services import commit_tree, git
from tests.life.versions.release_history import (
    UNPACK,
    describe,
    unpack_error,
    unpack_state,
    versions_of,
)
from tests.life.versions.server import publish, serve

START_TIMEOUT = 300  # seconds until a process sends its first request


@pytest.mark.parametrize("prefix", ["git+", ""])
def test_versions_at_a_file_url(prefix: str, template: Path, tmp_path: Path) -> None:
    versions = versions_of(f"{prefix}{template.as_uri()}")

    assert unpack_state(versions, "v1.0.0", tmp_path / "into") == "1.0.0"
    assert versions.describe("HEAD") == describe(template, "HEAD")
    assert versions.latest() == "v1.1.0"
    assert versions.unreachable is None


def test_a_mirrored_version_needs_no_network(template: Path, tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    with serve(tmp_path / "www") as server:
        url = server.url(publish(template, tmp_path / "www"))
        assert unpack_state(versions_of(url), "v1.0.0", tmp_path / "into") == "1.0.0"
        before = server.requests
        assert unpack_state(versions_of(url), "v1.1.0", tmp_path / "into") == "1.1.0"
        assert server.requests == before
    versions = versions_of(url)

    assert unpack_state(versions, "v1.0.0", tmp_path / "into") == "1.0.0"
    assert unpack_state(versions, "main", tmp_path / "into") == "unreleased"
    assert versions.newer_than("v1.0.0") == "v1.1.0"
    assert "127.0.0.1" in str(versions.unreachable)
    assert "127.0.0.1" in unpack_error(versions, "v1.2.0", tmp_path / "into")


def test_a_url_without_a_mirror_and_network_is_reported(tmp_path: Path, cache: Path) -> None:
    with serve(tmp_path) as server:
        url = server.url("template")
    versions = versions_of(url)

    message = unpack_error(versions, "v1.0.0", tmp_path / "into")

    assert message.startswith(f"Version v1.0.0 of the template {url} was not found: ")
    assert "127.0.0.1" in message
    with pytest.raises(CommandError, match=r"^The newest version of .* is unknown: .*127\.0\.0\.1"):
        versions.latest()
    assert [path.suffix for path in (cache / "flaskwright" / "templates").iterdir()] == [".lock"]


def test_newer_versions_are_fetched(template: Path, tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    with serve(tmp_path / "www") as server:
        url = server.url(publish(template, tmp_path / "www"))
        first, rewritten = versions_of(url), describe(template, "HEAD")
        assert first.newer_than("v1.1.0") is None
        git(template, "reset", "--quiet", "--hard", "v1.1.0")
        git(template, "branch", "--move", "trunk")
        commit_tree(template, {"extensions_catalog/state": b"1.2.0"})
        git(template, "tag", "v1.2.0")
        publish(template, tmp_path / "www")
        git(
            template,
            f"--git-dir={tmp_path / 'www' / 'template'}",
            "symbolic-ref",
            "HEAD",
            "refs/heads/trunk",
        )
        publish(template, tmp_path / "www")

        second = versions_of(url)
        assert second.newer_than("v1.1.0") == "v1.2.0"
        assert unpack_state(second, "v1.2.0", tmp_path / "into") == "1.2.0"
        assert unpack_state(second, "HEAD", tmp_path / "into") == "1.2.0"
        assert unpack_state(second, "trunk", tmp_path / "into") == "1.2.0"
        assert unpack_state(second, rewritten, tmp_path / "into") == "unreleased"
        assert " was not found: " in unpack_error(second, "main", tmp_path / "into")

        for name in ("trunk", "HEAD"):
            commit_tree(template, {"extensions_catalog/state": name.encode()})
            publish(template, tmp_path / "www")
            assert unpack_state(versions_of(url), name, tmp_path / "into") == name


@pytest.mark.parametrize("damage", ["head", "pack", "blob", "empty", "locks"])
def test_a_damaged_mirror_is_cloned_again(
    damage: str, template: Path, tmp_path: Path, cache: Path
) -> None:
    url = f"git+{template.as_uri()}"
    assert versions_of(url).latest() == "v1.1.0"
    [mirror] = [path for path in (cache / "flaskwright" / "templates").iterdir() if path.is_dir()]
    match damage:
        case "head":
            (mirror / ".git" / "HEAD").write_text("garbage")
        case "pack":
            for pack in mirror.glob(".git/objects/pack/*.pack"):
                pack.chmod(0o644)
                pack.write_bytes(pack.read_bytes()[:200])
        case "blob":
            blob = git(mirror, "rev-parse", "v1.0.0:extensions_catalog/state").strip()
            shutil.copytree(
                template / ".git" / "objects", mirror / ".git" / "objects", dirs_exist_ok=True
            )
            for pack in mirror.glob(".git/objects/pack/*"):
                pack.unlink()
            (mirror / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
        case "empty":
            shutil.rmtree(mirror / ".git")
        case "locks":
            git(template, "tag", "v1.2.0", "v1.0.0")
            (mirror / ".git" / "packed-refs.lock").touch()
            (mirror / ".git" / "HEAD.lock").touch()

    assert unpack_state(versions_of(url), "v1.0.0", tmp_path / "into") == "1.0.0"
    if damage == "locks":
        assert versions_of(url).latest() == "v1.2.0"
    assert sorted(path.suffix for path in mirror.parent.iterdir()) == ["", ".lock"]


def test_a_cache_that_cannot_be_written_is_reported(
    template: Path, tmp_path: Path, cache: Path
) -> None:
    cache.write_text("a file")

    message = unpack_error(versions_of(f"git+{template.as_uri()}"), "v1.0.0", tmp_path / "into")

    assert f"Cannot write to {cache}" in message
    assert "Set XDG_CACHE_HOME to " in message


def start(url: str, version: str, into: Path) -> "subprocess.Popen[bytes]":
    """Start a process that unpacks a version."""
    return subprocess.Popen([sys.executable, "-c", UNPACK, url, version, str(into)])


def test_concurrent_processes_share_a_mirror(template: Path, tmp_path: Path, cache: Path) -> None:
    (tmp_path / "www").mkdir()
    with serve(tmp_path / "www") as server:
        url = server.url(publish(template, tmp_path / "www"))
        server.unblocked.clear()
        processes = [start(url, "v1.0.0", tmp_path / f"into{number}") for number in range(3)]
        assert server.requested.wait(START_TIMEOUT)
        server.unblocked.set()

        assert [process.wait() for process in processes] == [0, 0, 0]

    for number in range(3):
        unpacked = tmp_path / f"into{number}" / "extensions_catalog" / "state"
        assert unpacked.read_text() == "1.0.0"
    kept = sorted(path.suffix for path in (cache / "flaskwright" / "templates").iterdir())
    assert kept == ["", ".lock"]


def test_the_clone_of_a_killed_process_is_deleted(
    template: Path, tmp_path: Path, cache: Path
) -> None:
    (tmp_path / "www").mkdir()
    with serve(tmp_path / "www") as server:
        url = server.url(publish(template, tmp_path / "www"))
        server.unblocked.clear()
        process = start(url, "v1.0.0", tmp_path / "into")
        assert server.requested.wait(START_TIMEOUT)
        process.kill()
        process.wait()
        server.unblocked.set()
        assert [*cache.glob("flaskwright/templates/*.new")]

        assert unpack_state(versions_of(url), "v1.0.0", tmp_path / "retry") == "1.0.0"
        while [*cache.glob("flaskwright/templates/*.new")]:  # git may still be writing there
            versions_of(url).latest()

    kept = sorted(path.suffix for path in (cache / "flaskwright" / "templates").iterdir())
    assert kept == ["", ".lock"]
