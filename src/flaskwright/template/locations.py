"""Where the template of a service may be: as recorded, as told, or what the tool came with.

A URL has a mirror in the user's cache, and is asked only for what is nowhere on this disk.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from . import releases
from ..git import git
from ..errors import CommandError
from .source import Source, find, is_repository, is_template
from . import mirror

ALIASES = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}  # Copier's
COMMIT = re.compile(r"(.*-g)?[0-9a-f]{7,64}\Z")  # abc1234, or v0.1.0-3-gabc1234


class Places:
    """The repositories that may have a service's template.

    `unreached` says why a URL could not be asked. `damaged` ones, with the reason, are not used
    again: a mirror among them is made anew.
    """

    def __init__(self, recorded: str, told: str | None) -> None:
        self._recorded = _source(recorded)
        self._told = find(told) if told is not None else None
        self._own: Source | None = None
        with suppress(CommandError):
            self._own = find(None)
        self._refreshed: dict[str, Path] = {}
        self.damaged: dict[Path, str] = {}
        self.unreached: str | None = None

    def having(self, version: str) -> Iterator[tuple[Path, str]]:
        """Yield each repository with the version, and its commit; in the end `CommandError`."""
        reasons = []
        for repository in self._repositories(version):
            try:
                commit = releases.commit(repository, version)
            except CommandError as reason:
                reasons.append(str(reason))
            else:
                yield repository, commit
        reasons += [*self.damaged.values(), self.unreached or ""]
        why = " ".join(f"{reason.rstrip('.')}." for reason in dict.fromkeys(filter(None, reasons)))
        raise CommandError(
            f"The template {self._recorded} at {version} cannot be had: "
            f"{why or 'no git repository is there.'} Name one that has it with --template."
        )

    def newest(self) -> tuple[Path, str | None]:
        """Return the repository that knows what is newest, and the revision told with it."""
        for place in [self._told] if self._told else self._candidates():
            if place.directory and is_repository(place.directory):
                return place.directory, None
            if place.remote:
                with suppress(CommandError):
                    return self._refresh(place.remote), place.revision if self._told else None
        raise CommandError(
            f"The template {self._told or self._recorded} does not say what is newest: "
            f"{self.unreached or 'no git repository is there'}; name another with --template."
        )

    def present(self) -> Path:
        """Return the directory of a template outside git."""
        for place in filter(None, (self._told, self._recorded)):
            if place.directory and is_template(place.directory):
                return place.directory
        raise CommandError(
            f"The template {self._recorded} is not there, and the service records no version of "
            "it: name its directory with --template."
        )

    def _repositories(self, version: str) -> Iterator[Path]:
        candidates = [*self._candidates(version)]
        for place in candidates:
            if place.directory and is_repository(place.directory):
                yield place.directory
        urls = [place.remote for place in candidates if place.remote]
        for url in urls:
            known = mirror.existing(url)
            if known and not mirror.moves(known, version):
                yield known
        for url in urls:
            with suppress(CommandError):
                yield self._refresh(url)

    def _candidates(self, version: str = "") -> Iterator[Source]:
        """Yield where to look for the version, or for versions at all.

        A release may be another commit in another template. So the tool's own template counts
        for commits, where it stems from the URL, and where a directory is recorded, but gone.
        """
        directory = self._recorded.directory
        if directory is None or directory.is_absolute():
            yield self._recorded
        if self._told:
            yield self._told
        elif self._own and (
            directory or COMMIT.match(version) or _stems_from(self._own, self._recorded)
        ):
            yield self._own

    def _refresh(self, url: str) -> Path:
        """Return the URL's mirror, brought up to date once a run, or as it is if that cannot be."""
        known = mirror.existing(url)
        if url not in self._refreshed or known in self.damaged:
            try:
                self._refreshed[url] = mirror.refreshed(url, anew=known in self.damaged)
            except CommandError as reason:
                self.unreached = str(reason)
                if known is None:
                    raise
                self._refreshed[url] = known
        return self._refreshed[url]


def _source(recorded: str) -> Source:
    """Return what Copier recorded, which may be one of its shorthands."""
    for alias, place in ALIASES.items():
        if recorded.startswith(alias):
            return Source(f"git+{place}{recorded.removeprefix(alias).strip('/')}")
    if "://" in recorded or recorded.startswith(("git+", "git@")):
        return Source(f"git+{recorded.removeprefix('git+')}")
    return Source(str(Path(recorded).expanduser()))


def _stems_from(own: Source, recorded: Source) -> bool:
    urls = [own.url]
    if own.directory and is_repository(own.directory):
        remotes = ("config", "--get-regexp", r"^remote\..*\.url$")
        told = git(own.directory, *remotes, ok_codes=(0, 1)).splitlines()
        urls = [line.partition(" ")[2] for line in told]
    return _plain(recorded.url) in map(_plain, urls)


def _plain(url: str) -> str:
    return url.removeprefix("git+").rstrip("/").removesuffix(".git")
