"""The template at any version, by its tags and by its table of releases."""

import os
from pathlib import Path

import pytest

from flaskwright.errors import CommandError
from flaskwright.template.releases import TABLE
from tests.life.services import git, put
from tests.life.versions.history import VERSION, describe, enter, id_of, refusal, state, templates


@pytest.mark.parametrize("version", ["v1.0.0", "1.0.0", "v1.0.0-1-g{later}", "{whole}", "{short}"])
def test_a_version_of_a_directory(version: str, template: Path, tmp_path: Path) -> None:
    whole = id_of(template, VERSION)
    later = git(template, "rev-parse", "--short", f"{VERSION}").strip()
    name = version.format(later=later, whole=whole, short=whole[:7])
    before = git(template, "status", "--porcelain"), sorted(template.rglob("*"))

    unpacked = templates(template).unpack(name, tmp_path / "into")

    assert unpacked == tmp_path / "into"
    assert (unpacked / "extensions_catalog" / "state").read_text() == "1.0.0"
    assert not (unpacked / ".git").exists()
    assert os.access(unpacked / "run", os.X_OK)
    assert not os.access(unpacked / "copier.yml", os.X_OK)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["config", "into", "template"]
    assert (git(template, "status", "--porcelain"), sorted(template.rglob("*"))) == before


def test_changes_that_are_in_no_commit_are_in_no_version(template: Path, tmp_path: Path) -> None:
    (template / "extensions_catalog" / "state").write_text("mine")

    assert state(templates(template), "HEAD", tmp_path / "into") == "unreleased"


def test_files_are_as_they_were_committed(template: Path, tmp_path: Path) -> None:
    put(
        template,
        {"lines.txt": b"a\nb\n", "left_out": b"", ".gitattributes": b"left_out export-ignore"},
    )
    for name, value in (("autocrlf", "true"), ("sparseCheckout", "true"), ("splitIndex", "true")):
        git(template, "config", f"core.{name}", value)
    (template / ".git" / "info").mkdir(exist_ok=True)
    (template / ".git" / "info" / "sparse-checkout").write_text("/copier.yml\n")

    unpacked = templates(template).unpack("HEAD", tmp_path / "into")

    assert (unpacked / "lines.txt").read_bytes() == b"a\nb\n"
    assert (unpacked / "left_out").exists()
    assert not [*template.glob(".git/sharedindex*")]


@pytest.mark.parametrize("version", ["v9", "deadbeef", "--output=x", "main..", "", "a\nb"])
def test_a_version_that_is_nowhere(version: str, template: Path, tmp_path: Path) -> None:
    message = refusal(templates(template), version, tmp_path / "into")

    assert message.startswith(f"The template {template} at {' '.join(version.split())}")
    assert "The template has no revision" in message
    assert message.endswith("Name one that has it with --template.")


def test_what_is_recorded_is_what_copier_records(template: Path) -> None:
    found = templates(template)

    assert found.describe("1.0.0") == "v1.0.0"
    assert found.describe("HEAD") == describe(template, "HEAD")
    assert found.describe(id_of(template, "v1.0.0~1")) == describe(template, "v1.0.0~1")


def test_the_newest_release_is_the_latest(template: Path) -> None:
    for tag in ("v1.10.0", "v1.9.0", "v2.0.0rc1", "nonsense"):
        git(template, "tag", tag)

    assert templates(template).latest() == "v1.10.0"


def test_without_releases_the_last_commit_is_the_latest(template: Path) -> None:
    git(template, "tag", "--delete", "v1.0.0", "v1.1.0")
    last = describe(template, "HEAD")

    assert templates(template).latest() == last
    assert templates(template).newer_than(last) is None
    assert templates(template).newer_than(describe(template, "HEAD~1")) == last


@pytest.mark.parametrize(
    ("version", "newer"),
    [
        ("v1.0.0~1", "v1.1.0"),
        ("v1.0.0", "v1.1.0"),
        ("v1.1.0", None),
        ("HEAD", None),  # behind the release
    ],
)
def test_newer_versions(version: str, newer: str | None, template: Path) -> None:
    recorded = describe(template, version)

    assert templates(template).newer_than(recorded) == newer
    assert templates(template).newer_than(id_of(template, version)) == newer


@pytest.mark.parametrize(
    ("version", "newer"),
    [("v1.0.5", "v1.1.0"), ("v1.2.0", None), ("v1.1.0-4-gdeadbee", None), ("deadbee", "v1.1.0")],
)
def test_newer_than_a_version_that_is_gone(version: str, newer: str | None, template: Path) -> None:
    assert templates(template).newer_than(version) == newer


# --- the table of releases ---------------------------------------------------------------------


def test_without_tags_the_table_tells(template: Path, tmp_path: Path) -> None:
    first, second = id_of(template, "v1.0.0"), id_of(template, "v1.1.0")
    git(template, "tag", "--delete", "v1.0.0", "v1.1.0")
    enter(template, v1_0_0=first, v1_1_0=second)
    found = templates(template)

    assert state(found, "v1.0.0", tmp_path / "into") == "1.0.0"
    assert found.describe("1.0.0") == describe(template, first)
    assert found.latest() == "v1.1.0"
    assert found.newer_than("v1.0.0") == "v1.1.0"
    assert found.newer_than("v1.1.0") is None


def test_a_tag_is_believed_before_the_table(template: Path, tmp_path: Path) -> None:
    enter(template, v1_0_0=id_of(template, "v1.1.0"))

    assert state(templates(template), "v1.0.0", tmp_path / "into") == "1.0.0"


def test_a_release_whose_commit_is_not_there(template: Path, tmp_path: Path) -> None:
    git(template, "tag", "--delete", "v1.1.0")
    enter(template, v1_1_0="d" * 40)
    found = templates(template)

    message = refusal(found, "v1.1.0", tmp_path / "into")

    assert f"Release v1.1.0 is commit dddddddddddd, which {template} does not have" in message
    assert found.latest() == "v1.0.0"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("[", "cannot be read: while parsing"),
        ("v1: x", "cannot be read: the file: Input should be a valid list."),
        ("- {version: '1'}", "cannot be read: 0.commit: Field required."),
        (
            "- {version: 1.0, commit: x}",
            "cannot be read: 0.version: Input should be a valid string.",
        ),
    ],
)
def test_a_table_that_cannot_be_read(table: str, told: str, template: Path) -> None:
    put(template, {TABLE: table.encode()})

    with pytest.raises(CommandError, match=TABLE) as refused:
        templates(template).latest()

    assert told in str(refused.value)
