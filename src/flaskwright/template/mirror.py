"""Mirrors of the templates that have a URL, in the user's cache: their versions without network."""

import shutil
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from ..git import git
from ..errors import CommandError
from .source import is_repository

HEAD = "refs/flaskwright/head"  # the remote's HEAD, whatever its branch is called by now
REFS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", f"+HEAD:{HEAD}")


def existing(url: str) -> Path | None:
    """Return the URL's mirror as it is, if there is one."""
    place = _place(url)
    return place if is_repository(place) else None


def refreshed(url: str, *, anew: bool) -> Path:
    """Return the URL's mirror as the remote is now; it is made `anew`, or where it is of no use.

    A mirror is only replaced by a whole one, by one run at a time. Raises `CommandError` where
    the remote cannot be reached, or nothing can be written.
    """
    place = _place(url)
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(place.with_suffix(".lock")):
            for left in place.parent.glob(f"{place.name}.*.new"):  # by runs that were killed
                shutil.rmtree(left, ignore_errors=True)
            if existing(url) and not anew:
                with suppress(CommandError):  # of a killed run, git may have left a lock of its own
                    return _fetch(place, url)
            # Its own name for each: git may go on for a while after the run that started it.
            new = Path(tempfile.mkdtemp(".new", f"{place.name}.", place.parent))
            try:
                _clone(url, new)
                shutil.rmtree(place, ignore_errors=True)
                return new.rename(place)
            finally:
                shutil.rmtree(new, ignore_errors=True)
    except OSError as reason:
        raise CommandError(
            f"Cannot write to {place.parent}: {reason.strerror or reason}; "
            "name a directory of yours with XDG_CACHE_HOME."
        ) from reason


def moves(mirror: Path, version: str) -> bool:
    """Tell whether the version is a branch or HEAD, which the remote may have moved since."""
    branch = ("show-ref", "--verify", "--", f"refs/heads/{version}")
    return version == "HEAD" or bool(git(mirror, *branch, ok_codes=range(256)))


def _place(url: str) -> Path:
    return user_cache_path("flaskwright") / "templates" / sha256(url.encode()).hexdigest()[:32]


def _clone(url: str, new: Path) -> None:
    """Clone without files into a repository that is not bare: git may be told to refuse those."""
    git(new.parent, "clone", "--quiet", "--no-checkout", "--", url, str(new))
    git(new, "remote", "remove", "origin")
    _fetch(new, url)


def _fetch(mirror: Path, url: str) -> Path:
    options = ("--quiet", "--prune", "--no-tags", "--update-head-ok")
    # What a rewritten branch leaves behind stays: services may have been made from it.
    git(mirror, "-c", "gc.auto=0", "fetch", *options, "--", url, *REFS)
    git(mirror, "update-ref", "--no-deref", "HEAD", HEAD)
    return mirror
