"""Where the template is: beside the tool, where the tool was installed from, or as told."""

import json
import os
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.version import InvalidVersion, Version

from .catalog import FOLDER
from .problems import RefusalError


@dataclass(frozen=True)
class Source:
    """A template: a directory, or a git URL with the revision to use.

    `url` is what Copier records as `_src_path`, so it is absolute: a relative path would break
    every later update. A directory is used as it is, with changes that are not committed.
    """

    url: str
    revision: str | None = None

    @property
    def directory(self) -> Path | None:
        """The template's directory, unless it is a URL."""
        return None if self.url.startswith("git+") else Path(self.url)

    def __str__(self) -> str:
        return f"{self.url}@{self.revision}" if self.revision else self.url


@dataclass(frozen=True)
class Checkout:
    """A template on this disk; its source names the exact revision."""

    source: Source
    root: Path


def find(told: str | None) -> Source:
    """Return the template to use; `told` is a directory or a git URL, perhaps with @revision.

    Raises `RefusalError` where the tool was installed without it and nothing was told.
    """
    if told is not None:
        return _told(told)
    beside = Path(__file__).resolve().parents[2]
    if _is_template(beside):
        return Source(str(beside))
    if installed := _installed_from():
        return installed
    raise RefusalError(
        "The tool was installed without its template: name it with --template, "
        "a directory or a git URL."
    )


def check_out(source: Source, into: Path) -> Checkout:
    """Give the template as files; a URL's are cloned to `into`, at its newest release unless told.

    Raises `RefusalError` where there is no template, or git cannot bring it.
    """
    if source.directory:
        root = source.directory
    else:
        root, url = into, source.url.removeprefix("git+")
        _git("clone", "--quiet", "--no-checkout", "--", url, str(root))
        _git(
            "-C", str(root), "checkout", "--quiet", _commit(root, source.revision or _latest(root))
        )
        source = Source(source.url, head(root))
    if not _is_template(root):
        raise RefusalError(
            f"{source} is not a Flaskwright template: it has no {FOLDER}; "
            "name another with --template."
        )
    return Checkout(source, root)


def head(directory: Path) -> str:
    """Name the last commit of a git repository as Copier does."""
    return _git("-C", str(directory), "describe", "--tags", "--always")


def has_commit(directory: Path, revision: str) -> bool:
    """Tell whether the repository knows the revision."""
    try:
        _commit(directory, revision)
    except RefusalError:
        return False
    return True


def _is_template(root: Path) -> bool:
    return (root / "copier.yml").is_file() and (root / FOLDER).is_dir()


def _told(told: str) -> Source:
    path = Path(told).expanduser()
    if path.is_dir():
        return Source(str(path.resolve()))
    if "://" not in told and not told.startswith("git@"):
        raise RefusalError(f"There is no template at {told}: name a directory or a git URL.")
    place, slash, last = told.removeprefix("git+").rpartition("/")
    name, _, revision = last.partition("@")
    return Source(f"git+{place}{slash}{name}", revision or None)


def _installed_from() -> Source | None:
    """Read direct_url.json (PEP 610): the URL that the installer was given."""
    try:
        text = Distribution.from_name("flaskwright").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    origin = json.loads(text) if text else {}
    if "dir_info" in origin:
        directory = Path(unquote(urlsplit(origin["url"]).path))
        return Source(str(directory)) if _is_template(directory) else None
    if origin.get("vcs_info", {}).get("vcs") == "git":
        return Source(f"git+{origin['url']}", origin["vcs_info"]["commit_id"])
    return None


def _commit(directory: Path, revision: str) -> str:
    """Return the commit that a tag, branch or hash means; never an option to git."""
    for name in (revision, f"origin/{revision}"):
        with suppress(RefusalError):
            return _git(
                "-C",
                str(directory),
                "rev-parse",
                "--verify",
                "--end-of-options",
                f"{name}^{{commit}}",
            )
    raise RefusalError(f"The template has no revision {revision}: name a tag, branch or commit.")


def _latest(root: Path) -> str:
    """Return the newest release's tag, or HEAD, as Copier chooses."""
    releases = []
    for tag in _git("-C", str(root), "tag").splitlines():
        try:
            version = Version(tag)
        except InvalidVersion:
            continue
        if not version.is_prerelease:
            releases.append((version, tag))
    return max(releases)[1] if releases else "HEAD"


def _git(*arguments: str) -> str:
    environment = os.environ | {"LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", *arguments],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
    except FileNotFoundError as reason:
        raise RefusalError("git is not installed: install it and try again.") from reason
    if done.returncode:
        why = done.stderr.strip().splitlines() or ["no message"]
        raise RefusalError(f"git could not do its part: {why[-1]}")
    return done.stdout.strip()
