"""The files of a service's template at any version that the service may record."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from ..errors import CommandError
from ..git import environment, git
from . import releases
from .locations import TemplateLocations
from .source import describe, is_template

COMMITS_SINCE = re.compile(r"-[0-9]+-g[0-9a-f]+\Z")  # as in v0.1.0-3-gabc1234
AS_COMMITTED = ("core.autocrlf=false", "core.sparseCheckout=false", "core.splitIndex=false")


class TemplateVersions:
    """Every version of a service's template, by the name that an answers file has for it."""

    def __init__(self, recorded: Mapping[str, Any], requested: str | None = None) -> None:
        """Take the answers file's values, and the value of --template.

        Raises `CommandError` if there is no template at `requested`.
        """
        self._locations = TemplateLocations(str(recorded["_src_path"]), requested)
        self._in_git = recorded.get("_commit") is not None

    @property
    def unreachable(self) -> str | None:
        """Why the newest versions at a URL are unknown, or None."""
        return self._locations.unreachable

    def unpack(self, version: str | None, into: Path) -> Path:
        """Write the version's files to the new directory `into`, and return where they are.

        The version None is a template that is not in git; it is used in place. Raises
        `CommandError` if the version is not found.
        """
        if version is None:
            return self._locations.directory()
        self._require_git()
        locations = self._locations.with_version(version)
        while True:  # until a repository is intact; `next` raises after the last
            repository, commit = next(locations)
            try:
                return _check_out(repository, commit, into)
            except CommandError as reason:
                self._locations.damaged[repository] = str(reason)
                shutil.rmtree(into, ignore_errors=True)

    def describe(self, version: str) -> str:
        """Return the name that Copier records for a release, tag, branch or commit."""
        self._require_git()
        return describe(*next(self._locations.with_version(version)))

    def latest(self) -> str:
        """Return the newest release, or the last commit if there is no release."""
        self._require_git()
        repository, revision = self._locations.newest()
        return revision or releases.newest(repository) or describe(repository)

    def newer_than(self, version: str) -> str | None:
        """Return `latest()`, or None if the version contains it."""
        latest = self.latest()
        repository, _ = self._locations.newest()
        after = releases.commit(repository, latest)
        with suppress(CommandError):
            before = releases.commit(repository, version)
            if _contains(repository, before, after):
                return None
            if _contains(repository, after, before):
                return latest
        old, new = _release(version), _release(latest)
        return None if old and new and old >= new else latest

    def _require_git(self) -> None:
        if not self._in_git:
            raise CommandError(
                "The service was generated from a template that is not in git, so it has no "
                "other versions: commit the template to git, and generate services from that."
            )


def _contains(repository: Path, commit: str, other: str) -> bool:
    return git(repository, "rev-list", "--max-count=1", f"^{commit}", other) == ""


def _release(version: str) -> Version | None:
    """Return the release that a version is, or comes after."""
    try:
        return Version(COMMITS_SINCE.sub("", version))
    except InvalidVersion:
        return None


def _check_out(repository: Path, commit: str, into: Path) -> Path:
    """Write a commit's files by an index of its own; raise `CommandError` if git fails."""
    folder = git(repository, "rev-parse", "--absolute-git-dir").rstrip("\n")
    index = into.absolute().with_name(f"{into.name}.index")
    options = [word for setting in AS_COMMITTED for word in ("-c", setting)]
    options += [f"--git-dir={folder}", f"--work-tree={into.absolute()}"]
    into.mkdir(parents=True)
    try:
        done = subprocess.run(
            ["git", *options, "read-tree", "-u", "--reset", commit],
            capture_output=True,
            text=True,
            errors="surrogateescape",
            env=environment() | {"GIT_INDEX_FILE": str(index)},
            check=False,
        )
    finally:
        index.unlink(missing_ok=True)
    if done.returncode:
        why = done.stderr.strip().splitlines() or ["no message"]
        raise CommandError(f"git cannot check out {commit[:12]} of {repository}: {why[0]}.")
    if not is_template(into):
        raise CommandError(f"{repository} at {commit[:12]} is not a Flaskwright template.")
    return into
