"""A template at a URL: fetched when it must be, and kept for when it cannot be."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flaskwright.errors import CommandError
from tests.life.services import git, put
from tests.life.versions.history import UNPACK, describe, refusal, state, templates
from tests.life.versions.server import publish, served

STARTED = 300  # seconds that a process may take until it asks


@pytest.mark.parametrize("prefix", ["git+", ""])
def test_a_file_url(prefix: str, template: Path, tmp_path: Path) -> None:
    found = templates(f"{prefix}{template.as_uri()}")

    assert state(found, "v1.0.0", tmp_path / "into") == "1.0.0"
    assert found.describe("HEAD") == describe(template, "HEAD")
    assert found.latest() == "v1.1.0"
    assert found.unreachable is None


def test_what_is_known_needs_no_network(template: Path, tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    with served(tmp_path / "www") as server:
        url = server.url(publish(template, tmp_path / "www"))
        assert state(templates(url), "v1.0.0", tmp_path / "into") == "1.0.0"
        before = server.requests
        assert state(templates(url), "v1.1.0", tmp_path / "into") == "1.1.0"
        assert server.requests == before
    found = templates(url)

    assert state(found, "v1.0.0", tmp_path / "into") == "1.0.0"
    assert state(found, "main", tmp_path / "into") == "unreleased"
    assert found.newer_than("v1.0.0") == "v1.1.0"
    assert "127.0.0.1" in str(found.unreachable)
    assert "127.0.0.1" in refusal(found, "v1.2.0", tmp_path / "into")


def test_network_gone_from_the_start(tmp_path: Path, cache: Path) -> None:
    with served(tmp_path) as server:
        url = server.url("template")
    found = templates(url)

    message = refusal(found, "v1.0.0", tmp_path / "into")

    assert message.startswith(f"The template {url} at v1.0.0 cannot be had: ")
    assert "127.0.0.1" in message
    with pytest.raises(CommandError, match="does not say what is newest"):
        found.latest()
    assert [path.suffix for path in (cache / "flaskwright" / "templates").iterdir()] == [".lock"]


def test_what_is_new_is_fetched(template: Path, tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    with served(tmp_path / "www") as server:
        url = server.url(publish(template, tmp_path / "www"))
        first, rewritten = templates(url), describe(template, "HEAD")
        assert first.newer_than("v1.1.0") is None
        git(template, "reset", "--quiet", "--hard", "v1.1.0")
        git(template, "branch", "--move", "trunk")
        put(template, {"extensions_catalog/state": b"1.2.0"})
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

        second = templates(url)
        assert second.newer_than("v1.1.0") == "v1.2.0"
        assert state(second, "v1.2.0", tmp_path / "into") == "1.2.0"
        assert state(second, "HEAD", tmp_path / "into") == "1.2.0"
        assert state(second, "trunk", tmp_path / "into") == "1.2.0"
        assert state(second, rewritten, tmp_path / "into") == "unreleased"
        assert "cannot be had" in refusal(second, "main", tmp_path / "into")

        for name in ("trunk", "HEAD"):
            put(template, {"extensions_catalog/state": name.encode()})
            publish(template, tmp_path / "www")
            assert state(templates(url), name, tmp_path / "into") == name


@pytest.mark.parametrize("damage", ["head", "pack", "blob", "empty", "locks"])
def test_a_mirror_that_is_damaged_is_made_anew(
    damage: str, template: Path, tmp_path: Path, cache: Path
) -> None:
    url = f"git+{template.as_uri()}"
    assert templates(url).latest() == "v1.1.0"
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

    assert state(templates(url), "v1.0.0", tmp_path / "into") == "1.0.0"
    if damage == "locks":
        assert templates(url).latest() == "v1.2.0"
    assert sorted(path.suffix for path in mirror.parent.iterdir()) == ["", ".lock"]


def test_a_cache_that_cannot_be_written(template: Path, tmp_path: Path, cache: Path) -> None:
    cache.write_text("a file")

    message = refusal(templates(f"git+{template.as_uri()}"), "v1.0.0", tmp_path / "into")

    assert f"Cannot write to {cache}" in message


def start(url: str, version: str, into: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", UNPACK, url, version, str(into)])


def test_runs_at_once_share_a_mirror(template: Path, tmp_path: Path, cache: Path) -> None:
    (tmp_path / "www").mkdir()
    with served(tmp_path / "www") as server:
        url = server.url(publish(template, tmp_path / "www"))
        server.free.clear()
        runs = [start(url, "v1.0.0", tmp_path / f"into{number}") for number in range(3)]
        assert server.asked.wait(STARTED)
        server.free.set()

        assert [run.wait() for run in runs] == [0, 0, 0]

    for number in range(3):
        made = tmp_path / f"into{number}" / "extensions_catalog" / "state"
        assert made.read_text() == "1.0.0"
    kept = sorted(path.suffix for path in (cache / "flaskwright" / "templates").iterdir())
    assert kept == ["", ".lock"]


def test_a_run_that_is_killed_while_cloning(template: Path, tmp_path: Path, cache: Path) -> None:
    (tmp_path / "www").mkdir()
    with served(tmp_path / "www") as server:
        url = server.url(publish(template, tmp_path / "www"))
        server.free.clear()
        run = start(url, "v1.0.0", tmp_path / "into")
        assert server.asked.wait(STARTED)
        run.kill()
        run.wait()
        server.free.set()
        assert [*cache.glob("flaskwright/templates/*.new")]

        assert state(templates(url), "v1.0.0", tmp_path / "again") == "1.0.0"
        while [*cache.glob("flaskwright/templates/*.new")]:  # git may still be writing there
            templates(url).latest()

    kept = sorted(path.suffix for path in (cache / "flaskwright" / "templates").iterdir())
    assert kept == ["", ".lock"]
