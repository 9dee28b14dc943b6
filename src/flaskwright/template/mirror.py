"""Local mirrors of template repositories, in the user's cache, for use without the network."""

import shutil
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from ..errors import CommandError
from ..git import git
from .source import is_repository

HEAD = "refs/flaskwright/head"  # the remote's HEAD, whatever the name of its default branch
REFS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", f"+HEAD:{HEAD}")


def existing(url: str) -> Path | None:
    """Return the URL's mirror without updating it, or None if there is none."""
    place = _place(url)
    return place if is_repository(place) else None


def refreshed(url: str, *, replace: bool) -> Path:
    """Return the URL's mirror, updated from the remote; `replace` clones it again.

    A mirror is only replaced by a complete one, by one process at a time. Raises `CommandError`
    if the remote cannot be reached, or the cache cannot be written.
    """
    place = _place(url)
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(place.with_suffix(".lock")):
            for leftover in place.parent.glob(f"{place.name}.*.new"):  # of killed processes
                shutil.rmtree(leftover, ignore_errors=True)
            if existing(url) and not replace:
                with suppress(CommandError):  # a killed process may have left git's own lock
                    return _fetch(place, url)
            # A unique name: git may run on after the process that started it was killed.
            new = Path(tempfile.mkdtemp(".new", f"{place.name}.", place.parent))
            try:
                _clone(url, new)
                shutil.rmtree(place, ignore_errors=True)
                return new.rename(place)
            finally:
                shutil.rmtree(new, ignore_errors=True)
    except OSError as reason:
        raise CommandError(
            f"Cannot write to {place.parent}: {reason.strerror or reason}. "
            "Set XDG_CACHE_HOME to a directory that you can write to."
        ) from reason


def may_move(mirror: Path, version: str) -> bool:
    """Return whether the version is a branch or HEAD, which may have moved at the remote."""
    branch = ("show-ref", "--verify", "--", f"refs/heads/{version}")
    return version == "HEAD" or bool(git(mirror, *branch, ok_codes=range(256)))


def _place(url: str) -> Path:
    return user_cache_path("flaskwright") / "templates" / sha256(url.encode()).hexdigest()[:32]


def _clone(url: str, new: Path) -> None:
    """Clone without files. The repository is not bare, because git may be set to refuse those."""
    git(new.parent, "clone", "--quiet", "--no-checkout", "--", url, str(new))
    git(new, "remote", "remove", "origin")
    _fetch(new, url)


def _fetch(mirror: Path, url: str) -> Path:
    options = ("--quiet", "--prune", "--no-tags", "--update-head-ok")
    # No garbage collection: services may have been generated from a rewritten branch's commits.
    git(mirror, "-c", "gc.auto=0", "fetch", *options, "--", url, *REFS)
    git(mirror, "update-ref", "--no-deref", "HEAD", HEAD)
    return mirror
