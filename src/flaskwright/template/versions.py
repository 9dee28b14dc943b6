"""The files of a service's template at any version that the service may record."""

import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from ..catalog.reading import FOLDER
from ..errors import CommandError
from ..git import git
from . import releases
from .checkout import Checkout, check_out, copy_directory
from .locations import TemplateLocations
from .source import Source, describe, is_template

COMMITS_SINCE = re.compile(r"-[0-9]+-g[0-9a-f]+\Z")  # as in v0.1.0-3-gabc1234


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

    @property
    def source(self) -> str:
        """Where the versions are from, as a service records it."""
        return self._locations.source

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
                check_out(repository, commit, into)
                return into
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


def get_checkout(source: Source, into: Path) -> Checkout:
    """Write the template's files to the new directory `into`.

    Without a revision, the newest release of a URL is used. Raises `CommandError` if git fails, or
    if there is no template.
    """
    if source.directory:
        return copy_directory(get_directory(source, into), into)
    versions = TemplateVersions({"_src_path": source.url, "_commit": source.revision or "HEAD"})
    version = versions.describe(source.revision or versions.latest())
    return Checkout(versions.unpack(version, into), version)


def get_directory(source: Source, into: Path) -> Path:
    """Return a directory with the template's files, to read them; those of a URL are in `into`."""
    if source.directory is None:
        return get_checkout(source, into).root
    if not is_template(source.directory):
        raise CommandError(
            f"{source} is not a Flaskwright template: it has no {FOLDER} folder. "
            "Use another one with --template."
        )
    return source.directory


def _contains(repository: Path, commit: str, other: str) -> bool:
    return git(repository, "rev-list", "--max-count=1", f"^{commit}", other) == ""


def _release(version: str) -> Version | None:
    """Return the release that a version is, or comes after."""
    try:
        return Version(COMMITS_SINCE.sub("", version))
    except InvalidVersion:
        return None
