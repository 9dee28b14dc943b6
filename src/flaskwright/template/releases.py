"""The template's releases: a table of their commits, and the tags that are set from it.

A commit cannot name itself, so the commit after a release enters it in releases.yml. Tags may be
missing from a clone; the table is in every commit since. `make release` does both.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import yaml
from packaging.version import InvalidVersion, Version
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ..git import git
from ..errors import CommandError

TABLE = "releases.yml"
HEADING = """\
# The releases of the template, oldest first, with their commits. `make release` adds the version of
# pyproject.toml, and sets the tags that are missing from a clone.
"""


class Release(BaseModel):
    """An entry of the table."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: str = Field(pattern=r"^[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?$")
    commit: str = Field(pattern=r"^[0-9a-f]{40,64}$")


def table(repository: Path) -> dict[str, str]:
    """Return each release's commit by its tag, as the last commit's table has it.

    Raises `CommandError` for a table that cannot be read.
    """
    text = git(repository, "show", f"HEAD:{TABLE}", ok_codes=range(256))
    try:
        entries = TypeAdapter(list[Release]).validate_python(yaml.safe_load(text) or [])
    except yaml.YAMLError as reason:
        raise CommandError(f"{TABLE} of {repository} cannot be read: {reason}") from reason
    except ValidationError as reason:
        error = reason.errors()[0]
        place = ".".join(map(str, error["loc"])) or "the file"
        raise CommandError(
            f"{TABLE} of {repository} cannot be read: {place}: {error['msg']}."
        ) from reason
    return {f"v{entry.version}": entry.commit for entry in entries}


def commit(repository: Path, version: str) -> str:
    """Return the id of the commit that a release, tag, branch or commit's name means.

    Raises `CommandError` where the repository does not have it.
    """
    if known := _commit(repository, version, {}):
        return known
    listed = table(repository)
    if known := _commit(repository, version, listed):
        return known
    if entered := listed.get(f"v{version.removeprefix('v')}"):
        raise CommandError(
            f"Release {version} is commit {entered[:12]}, which {repository} does not have: "
            "fetch its whole history, or use one that was not rewritten."
        )
    raise CommandError(f"The template has no revision {version}: name a tag, branch or commit.")


def newest(repository: Path) -> str | None:
    """Return the tag of the newest release whose commit is there, be it tagged or in the table."""
    listed = table(repository)
    tags: dict[Version, str] = {}
    for tag in (*listed, *git(repository, "tag", "--list").split()):
        with suppress(InvalidVersion):
            tags[Version(tag)] = tag
    for version in sorted(tags, reverse=True):
        if not version.is_prerelease and _commit(repository, tags[version], listed):
            return tags[version]
    return None


def release(root: Path) -> Iterator[str]:
    """Enter the version of `root` in the table, and set all tags that are missing.

    Yields what was done, a line each. Raises `CommandError`.
    """
    if git(root, "status", "--porcelain"):
        raise CommandError("There are changes that are not committed: commit or stash them first.")
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    if f"v{version}" in table(root):
        yield f"{version} is in {TABLE}: raise the version in pyproject.toml for the next one."
    else:
        _enter(root, version)
        yield f"Entered {version} in {TABLE}, and committed that."
    problems = []
    for tag, entered in table(root).items():
        there = _commit(root, f"refs/tags/{tag}", {})
        if there is None and _commit(root, entered, {}):
            git(root, "tag", "--no-sign", tag, entered)
            yield f"Set {tag}: `git push origin HEAD {tag}` publishes it."
        elif there is None:
            problems.append(f"{tag} is commit {entered[:12]}, which this clone does not have.")
        elif there != entered:
            problems.append(f"{tag} is commit {there[:12]} here, and {entered[:12]} in {TABLE}.")
    if problems:
        raise CommandError(" ".join([*problems, "Fetch, or correct what is wrong."]))


def _commit(repository: Path, version: str, listed: dict[str, str]) -> str | None:
    """Return the id of a commit that is there; the table has its say after git."""
    entered = listed.get(f"v{version.removeprefix('v')}")
    for name in filter(None, (version, f"v{version}", f"origin/{version}", entered)):
        verify = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if known := git(repository, *verify, ok_codes=range(256)).strip():
            return known
    return None


def _enter(root: Path, version: str) -> None:
    changes = (root / "CHANGELOG.md").read_text("utf-8")
    if not re.search(rf"^## {re.escape(version)}\b", changes, re.MULTILINE):
        raise CommandError(
            f"CHANGELOG.md has no heading '## {version}': say there what the release brings."
        )
    head = git(root, "rev-parse", "HEAD").strip()
    entries = [
        {"version": tag.removeprefix("v"), "commit": entered}
        for tag, entered in {**table(root), f"v{version}": head}.items()
    ]
    before = (root / TABLE).read_bytes()
    (root / TABLE).write_text(HEADING + yaml.safe_dump(entries, sort_keys=False), "utf-8")
    try:
        git(root, "commit", "--quiet", "--message", f"Release {version}", "--", TABLE)
    except CommandError:
        (root / TABLE).write_bytes(before)
        raise


def main() -> int:
    """Make the release of the working directory."""
    try:
        for line in release(Path.cwd()):
            print(line)
    except CommandError as reason:
        print(f"release: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
