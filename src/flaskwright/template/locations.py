"""Where a service's template may be found: as recorded, as requested, or beside the tool.

A URL has a mirror in the user's cache, and so has the wheel's bundle of releases. The network is
used only for versions that no local repository has.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ..errors import CommandError
from ..git import git
from . import mirror, releases
from .source import BUNDLE, Source, find, is_repository, is_template

ALIASES = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}  # Copier's
COMMIT = re.compile(r"(.*-g)?[0-9a-f]{7,64}\Z")  # abc1234, or v0.1.0-3-gabc1234


class TemplateLocations:
    """The repositories that may have a service's template.

    `unreachable` says why a URL could not be fetched. `damaged` repositories, with the reason,
    are not used again; a mirror among them is cloned again.
    """

    def __init__(self, recorded: str, requested: str | None) -> None:
        self._as_recorded = recorded
        self._recorded = _parse(recorded)
        self._requested = find(requested) if requested is not None else None
        self._own: Source | None = None
        with suppress(CommandError):
            self._own = find(None)
        self._refreshed: dict[str, Path] = {}
        self.damaged: dict[Path, str] = {}
        self.unreachable: str | None = None

    @property
    def source(self) -> str:
        """What a service records after an update: the template requested, or the recorded one."""
        return self._requested.url if self._requested else self._as_recorded

    def with_version(self, version: str) -> Iterator[tuple[Path, str]]:
        """Yield each repository that has the version, and the commit id; then `CommandError`."""
        reasons = []
        for repository in self._repositories(version):
            try:
                commit = releases.commit(repository, version)
            except CommandError as reason:
                reasons.append(str(reason))
            else:
                yield repository, commit
        reasons += [*self.damaged.values(), self.unreachable or ""]
        why = " ".join(f"{reason.rstrip('.')}." for reason in dict.fromkeys(filter(None, reasons)))
        raise CommandError(
            f"Version {version} of the template {self._recorded} was not found: "
            f"{why or 'there is no git repository.'} Use --template with one that has it."
        )

    def newest(self) -> tuple[Path, str | None]:
        """Return the repository to look up the newest version in, and the revision requested."""
        known: tuple[Path, str | None] | None = None
        for place in [self._requested] if self._requested else self._candidates():
            if place.directory and is_repository(place.directory):
                return place.directory, None
            if place.remote:
                with suppress(CommandError):
                    revision = place.revision if self._requested else None
                    known = self._refresh(place.remote), revision
                    if not self.unreachable:
                        break
        if known:
            return known
        raise CommandError(
            f"The newest version of {self._requested or self._recorded} is unknown: "
            f"{self.unreachable or 'there is no git repository'}. Use another with --template."
        )

    def directory(self) -> Path:
        """Return the directory of a template that is not in git."""
        for place in filter(None, (self._requested, self._recorded)):
            if place.directory and is_template(place.directory):
                return place.directory
        raise CommandError(
            f"The template {self._recorded} does not exist, and the service records no version "
            "of it: use --template with its directory."
        )

    def _repositories(self, version: str) -> Iterator[Path]:
        candidates = [*self._candidates(version)]
        for place in candidates:
            if place.directory and is_repository(place.directory):
                yield place.directory
        urls = [place.remote for place in candidates if place.remote]
        for url in urls:
            known = mirror.existing(url)
            if known and not mirror.may_move(known, version):
                yield known
        for url in sorted(urls, key=lambda url: url != str(BUNDLE)):
            with suppress(CommandError):
                yield self._refresh(url)

    def _candidates(self, version: str = "") -> Iterator[Source]:
        """Yield where to look for the version, or for any version.

        A release may be another commit in another template. So the tool's own template is used
        for commits, if it comes from the recorded URL, and if a recorded directory is gone.
        """
        directory = self._recorded.directory
        if directory is None or directory.is_absolute():
            yield self._recorded
        if self._requested:
            yield self._requested
        elif self._own and (
            directory or COMMIT.match(version) or _comes_from(self._own, self._recorded)
        ):
            yield Source(f"git+{BUNDLE}") if BUNDLE.exists() else self._own

    def _refresh(self, url: str) -> Path:
        """Return the URL's mirror, updated once in a run. If that fails, return the old mirror."""
        known = mirror.existing(url)
        if url not in self._refreshed or known in self.damaged:
            try:
                self._refreshed[url] = mirror.refreshed(url, replace=known in self.damaged)
            except CommandError as reason:
                self.unreachable = str(reason)
                if known is None:
                    raise
                self._refreshed[url] = known
        return self._refreshed[url]


def _parse(recorded: str) -> Source:
    """Return the source that Copier recorded, possibly as one of its abbreviations."""
    for alias, place in ALIASES.items():
        if recorded.startswith(alias):
            return Source(f"git+{place}{recorded.removeprefix(alias).strip('/')}")
    if "://" in recorded or recorded.startswith(("git+", "git@")):
        return Source(f"git+{recorded.removeprefix('git+')}")
    return Source(str(Path(recorded).expanduser()))


def _comes_from(own: Source, recorded: Source) -> bool:
    urls = [own.url]
    if own.directory and is_repository(own.directory):
        remotes = ("config", "--get-regexp", r"^remote\..*\.url$")
        lines = git(own.directory, *remotes, ok_codes=(0, 1)).splitlines()
        urls = [line.partition(" ")[2] for line in lines]
    return _plain(recorded.url) in map(_plain, urls)


def _plain(url: str) -> str:
    return url.removeprefix("git+").rstrip("/").removesuffix(".git")
