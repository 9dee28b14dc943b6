"""The template's releases: their commits in releases.yml, and the git tags made from it.

A commit cannot contain its own id, so the commit after a release records it. A clone may lack
tags, but every commit after a release has its entry. `make release` writes both.
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

from ..errors import CommandError
from ..git import git

TABLE = "releases.yml"
HEADING = """\
# The releases of the template with their commits, oldest first. `make release` adds the version
# in pyproject.toml, and creates missing tags.
"""


class Release(BaseModel):
    """An entry of releases.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: str = Field(pattern=r"^[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?$")
    commit: str = Field(pattern=r"^[0-9a-f]{40,64}$")


def table(repository: Path) -> dict[str, str]:
    """Return each release's commit id by its tag, from releases.yml at HEAD.

    Raises `CommandError` if the file is invalid.
    """
    text = git(repository, "show", f"HEAD:{TABLE}", ok_codes=range(256))
    try:
        entries = TypeAdapter(list[Release]).validate_python(yaml.safe_load(text) or [])
    except yaml.YAMLError as reason:
        raise CommandError(f"{TABLE} of {repository} is not valid YAML: {reason}") from reason
    except ValidationError as reason:
        error = reason.errors()[0]
        place = ".".join(map(str, error["loc"])) or "the file"
        raise CommandError(
            f"{TABLE} of {repository} is invalid: {place}: {error['msg']}."
        ) from reason
    return {f"v{entry.version}": entry.commit for entry in entries}


def commit(repository: Path, version: str) -> str:
    """Return the commit id of a release, tag, branch or commit.

    Raises `CommandError` if the repository does not have it.
    """
    if known := _commit(repository, version, {}):
        return known
    released = table(repository)
    if known := _commit(repository, version, released):
        return known
    if recorded := released.get(f"v{version.removeprefix('v')}"):
        raise CommandError(
            f"Release {version} is commit {recorded[:12]}, which {repository} does not have: "
            "fetch its whole history, or use a clone whose history was not rewritten."
        )
    raise CommandError(f"The template has no revision {version}: use a tag, branch or commit.")


def newest(repository: Path) -> str | None:
    """Return the tag of the newest release whose commit exists, from git's tags and the table."""
    released = table(repository)
    tags: dict[Version, str] = {}
    for tag in (*released, *git(repository, "tag", "--list").split()):
        with suppress(InvalidVersion):
            tags[Version(tag)] = tag
    for version in sorted(tags, reverse=True):
        if not version.is_prerelease and _commit(repository, tags[version], released):
            return tags[version]
    return None


def release(root: Path) -> Iterator[str]:
    """Record the version of `root` in the table, and create all missing tags.

    Yields a line for each step. Raises `CommandError`.
    """
    if git(root, "status", "--porcelain"):
        raise CommandError("There are uncommitted changes: commit or stash them first.")
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    if f"v{version}" in table(root):
        yield f"{version} is in {TABLE}: for a new release, raise the version in pyproject.toml."
    else:
        _record(root, version)
        yield f"Added {version} to {TABLE}, and committed it."
    problems = []
    for tag, recorded in table(root).items():
        tagged = _commit(root, f"refs/tags/{tag}", {})
        if tagged is None and _commit(root, recorded, {}):
            git(root, "tag", "--no-sign", tag, recorded)
            yield f"Created the tag {tag}. To publish it: git push origin HEAD {tag}"
        elif tagged is None:
            problems.append(f"{tag} is commit {recorded[:12]}, which this clone does not have.")
        elif tagged != recorded:
            problems.append(f"{tag} is commit {tagged[:12]} here, but {recorded[:12]} in {TABLE}.")
    if problems:
        raise CommandError(" ".join([*problems, "Run `git fetch --tags`, or correct the entry."]))


def _commit(repository: Path, version: str, released: dict[str, str]) -> str | None:
    """Return the id of an existing commit; git's own names come before the table's."""
    recorded = released.get(f"v{version.removeprefix('v')}")
    for name in filter(None, (version, f"v{version}", f"origin/{version}", recorded)):
        verify = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if known := git(repository, *verify, ok_codes=range(256)).strip():
            return known
    return None


def _record(root: Path, version: str) -> None:
    changelog = (root / "CHANGELOG.md").read_text("utf-8")
    if not re.search(rf"^## {re.escape(version)}\b", changelog, re.MULTILINE):
        raise CommandError(f"CHANGELOG.md has no heading '## {version}': describe the release there.")
    head = git(root, "rev-parse", "HEAD").strip()
    entries = [
        {"version": tag.removeprefix("v"), "commit": recorded}
        for tag, recorded in {**table(root), f"v{version}": head}.items()
    ]
    before = (root / TABLE).read_bytes()
    (root / TABLE).write_text(HEADING + yaml.safe_dump(entries, sort_keys=False), "utf-8")
    try:
        git(root, "commit", "--quiet", "--message", f"Release {version}", "--", TABLE)
    except CommandError:
        (root / TABLE).write_bytes(before)
        raise


def main() -> int:
    """Make a release of the working directory; return the exit code."""
    try:
        for line in release(Path.cwd()):
            print(line)
    except CommandError as reason:
        print(f"release: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
