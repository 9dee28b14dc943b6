"""The versions of a template, by its git tags and its releases.yml."""

import os
from pathlib import Path

import pytest

from flaskwright.errors import CommandError
from flaskwright.template.releases import TABLE
from tests.life.services import commit_tree, git
from tests.life.versions.release_history import (
    VERSION,
    commit_id,
    describe,
    unpack_error,
    unpack_state,
    versions_of,
    write_release_table,
)


@pytest.mark.parametrize("version", ["v1.0.0", "1.0.0", "v1.0.0-1-g{later}", "{whole}", "{short}"])
def test_a_version_is_unpacked_from_a_directory(
    version: str, template: Path, tmp_path: Path
) -> None:
    whole = commit_id(template, VERSION)
    later = git(template, "rev-parse", "--short", f"{VERSION}").strip()
    name = version.format(later=later, whole=whole, short=whole[:7])
    before = git(template, "status", "--porcelain"), sorted(template.rglob("*"))

    unpacked = versions_of(template).unpack(name, tmp_path / "into")

    assert unpacked == tmp_path / "into"
    assert (unpacked / "extensions_catalog" / "state").read_text() == "1.0.0"
    assert not (unpacked / ".git").exists()
    assert os.access(unpacked / "extensions_catalog" / "run", os.X_OK)
    assert not os.access(unpacked / "copier.yml", os.X_OK)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["config", "into", "template"]
    assert (git(template, "status", "--porcelain"), sorted(template.rglob("*"))) == before


def test_uncommitted_changes_are_in_no_version(template: Path, tmp_path: Path) -> None:
    (template / "extensions_catalog" / "state").write_text("mine")

    assert unpack_state(versions_of(template), "HEAD", tmp_path / "into") == "unreleased"


def test_files_are_unpacked_as_committed(template: Path, tmp_path: Path) -> None:
    commit_tree(
        template,
        {
            "template/lines.txt": b"a\nb\n",
            "template/left_out": b"",
            ".gitattributes": b"left_out export-ignore",
            "tests/not_the_template.py": b"",
        },
    )
    for name, value in (("autocrlf", "true"), ("sparseCheckout", "true"), ("splitIndex", "true")):
        git(template, "config", f"core.{name}", value)
    (template / ".git" / "info").mkdir(exist_ok=True)
    (template / ".git" / "info" / "sparse-checkout").write_text("/copier.yml\n")

    unpacked = versions_of(template).unpack("HEAD", tmp_path / "into")

    assert (unpacked / "template" / "lines.txt").read_bytes() == b"a\nb\n"
    assert (unpacked / "template" / "left_out").exists()
    assert not (unpacked / "tests").exists()
    assert not [*template.glob(".git/sharedindex*")]


@pytest.mark.parametrize("version", ["v9", "deadbeef", "--output=x", "main..", "", "a\nb"])
def test_an_unknown_version_is_reported(version: str, template: Path, tmp_path: Path) -> None:
    message = unpack_error(versions_of(template), version, tmp_path / "into")

    start = f"Version {version} of the template {template} was not found: "
    assert message.startswith(" ".join(start.split()))
    assert "The template has no revision" in message
    assert message.endswith("Use --template with one that has it.")


def test_a_version_is_described_as_copier_does(template: Path) -> None:
    versions = versions_of(template)

    assert versions.describe("1.0.0") == "v1.0.0"
    assert versions.describe("HEAD") == describe(template, "HEAD")
    assert versions.describe(commit_id(template, "v1.0.0~1")) == describe(template, "v1.0.0~1")


def test_the_latest_version_is_the_newest_release(template: Path) -> None:
    for tag in ("v1.10.0", "v1.9.0", "v2.0.0rc1", "nonsense"):
        git(template, "tag", tag)

    assert versions_of(template).latest() == "v1.10.0"


def test_without_releases_the_latest_version_is_the_last_commit(template: Path) -> None:
    git(template, "tag", "--delete", "v1.0.0", "v1.1.0")
    last = describe(template, "HEAD")

    assert versions_of(template).latest() == last
    assert versions_of(template).newer_than(last) is None
    assert versions_of(template).newer_than(describe(template, "HEAD~1")) == last


@pytest.mark.parametrize(
    ("version", "newer"),
    [
        ("v1.0.0~1", "v1.1.0"),
        ("v1.0.0", "v1.1.0"),
        ("v1.1.0", None),
        ("HEAD", None),  # after the release
    ],
)
def test_a_newer_version_is_found(version: str, newer: str | None, template: Path) -> None:
    recorded = describe(template, version)

    assert versions_of(template).newer_than(recorded) == newer
    assert versions_of(template).newer_than(commit_id(template, version)) == newer


@pytest.mark.parametrize(
    ("version", "newer"),
    [("v1.0.5", "v1.1.0"), ("v1.2.0", None), ("v1.1.0-4-gdeadbee", None), ("deadbee", "v1.1.0")],
)
def test_a_newer_version_than_a_missing_one_is_found(
    version: str, newer: str | None, template: Path
) -> None:
    assert versions_of(template).newer_than(version) == newer


# --- the table of releases ---------------------------------------------------------------------


def test_releases_without_tags_are_found_in_the_table(template: Path, tmp_path: Path) -> None:
    first, second = commit_id(template, "v1.0.0"), commit_id(template, "v1.1.0")
    git(template, "tag", "--delete", "v1.0.0", "v1.1.0")
    write_release_table(template, v1_0_0=first, v1_1_0=second)
    versions = versions_of(template)

    assert unpack_state(versions, "v1.0.0", tmp_path / "into") == "1.0.0"
    assert versions.describe("1.0.0") == describe(template, first)
    assert versions.latest() == "v1.1.0"
    assert versions.newer_than("v1.0.0") == "v1.1.0"
    assert versions.newer_than("v1.1.0") is None


def test_a_tag_precedes_the_table(template: Path, tmp_path: Path) -> None:
    write_release_table(template, v1_0_0=commit_id(template, "v1.1.0"))

    assert unpack_state(versions_of(template), "v1.0.0", tmp_path / "into") == "1.0.0"


def test_a_release_with_a_missing_commit_is_reported(template: Path, tmp_path: Path) -> None:
    git(template, "tag", "--delete", "v1.1.0")
    write_release_table(template, v1_1_0="d" * 40)
    versions = versions_of(template)

    message = unpack_error(versions, "v1.1.0", tmp_path / "into")

    assert f"Release v1.1.0 is commit dddddddddddd, which {template} does not have" in message
    assert versions.latest() == "v1.0.0"


@pytest.mark.parametrize(
    ("table", "error"),
    [
        ("[", "is not valid YAML: while parsing"),
        ("v1: x", "is invalid: the file: Input should be a valid list."),
        ("- {version: '1'}", "is invalid: 0.commit: Field required."),
        (
            "- {version: 1.0, commit: x}",
            "is invalid: 0.version: Input should be a valid string.",
        ),
    ],
)
def test_an_invalid_table_is_reported(table: str, error: str, template: Path) -> None:
    commit_tree(template, {TABLE: table.encode()})

    with pytest.raises(CommandError, match=TABLE) as caught:
        versions_of(template).latest()

    assert error in str(caught.value)
