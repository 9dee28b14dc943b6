"""The template that a service was made from, at any of its versions."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from . import releases
from ..git import environment, git
from ..errors import CommandError
from .source import head, is_template
from .locations import Places

BEHIND = re.compile(r"-[0-9]+-g[0-9a-f]+\Z")  # as in v0.1.0-3-gabc1234
AS_COMMITTED = ("core.autocrlf=false", "core.sparseCheckout=false", "core.splitIndex=false")


class Templates:
    """Every version of a service's template, by the name that it has in an answers file."""

    def __init__(self, recorded: Mapping[str, Any], told: str | None = None) -> None:
        """Take what the answers file records, and what --template told.

        Raises `CommandError` where nothing is at what was told.
        """
        self._places = Places(str(recorded["_src_path"]), told)
        self._in_git = recorded.get("_commit") is not None

    @property
    def unreached(self) -> str | None:
        """Why the newest versions at a URL are not known, if that is so."""
        return self._places.unreached

    def unpack(self, version: str | None, into: Path) -> Path:
        """Write the version's files to `into`, which is not there yet, and return where they are.

        None is a template outside git as it is now, where it is. Raises `CommandError` for a
        version that cannot be had.
        """
        if version is None:
            return self._places.present()
        self._require_versions()
        having = self._places.having(version)
        while True:  # until the last that has it was damaged, which is refused
            repository, commit = next(having)
            try:
                return _check_out(repository, commit, into)
            except CommandError as reason:
                self._places.damaged[repository] = str(reason)
                shutil.rmtree(into, ignore_errors=True)

    def describe(self, version: str) -> str:
        """Return what Copier would record for a release, tag, branch or commit."""
        self._require_versions()
        return head(*next(self._places.having(version)))

    def latest(self) -> str:
        """Return the newest release, or the last commit where there is none."""
        self._require_versions()
        repository, revision = self._places.newest()
        return revision or releases.newest(repository) or head(repository)

    def newer_than(self, version: str) -> str | None:
        """Return what `latest` does, unless the version has all of it."""
        latest = self.latest()
        repository, _ = self._places.newest()
        after = releases.commit(repository, latest)
        with suppress(CommandError):
            before = releases.commit(repository, version)
            if _contains(repository, before, after):
                return None
            if _contains(repository, after, before):
                return latest
        old, new = _release(version), _release(latest)
        return None if old and new and old >= new else latest

    def _require_versions(self) -> None:
        if not self._in_git:
            raise CommandError(
                "The service was made from a template outside git, so only the template's present "
                "state can be used: commit it to git, and make services from that."
            )


def _contains(repository: Path, commit: str, other: str) -> bool:
    return git(repository, "rev-list", "--max-count=1", f"^{commit}", other) == ""


def _release(version: str) -> Version | None:
    """Return the release that a version is, or comes after."""
    try:
        return Version(BEHIND.sub("", version))
    except InvalidVersion:
        return None


def _check_out(repository: Path, commit: str, into: Path) -> Path:
    """Write a commit's files, with an index of their own; raises `CommandError`."""
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
        raise CommandError(f"{repository} at {commit[:12]} cannot be unpacked: {why[0]}.")
    if not is_template(into):
        raise CommandError(f"{repository} at {commit[:12]} is not a Flaskwright template.")
    return into
