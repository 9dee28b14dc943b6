"""Where the template is: beside the tool, where the tool was installed from, or as told."""

import json
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path
from urllib.parse import unquote, urlsplit

from . import releases
from ..catalog.reading import FOLDER
from ..git import git
from ..errors import CommandError


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
        return None if self.remote else Path(self.url)

    @property
    def remote(self) -> str | None:
        """The URL as git takes it, unless it is a directory."""
        return self.url.removeprefix("git+") if self.url.startswith("git+") else None

    def __str__(self) -> str:
        return f"{self.url}@{self.revision}" if self.revision else self.url


@dataclass(frozen=True)
class Checkout:
    """A template on this disk; its source names the exact revision."""

    source: Source
    root: Path


def find(told: str | None) -> Source:
    """Return the template to use; `told` is a directory or a git URL, perhaps with @revision.

    Raises `CommandError` where the tool was installed without it and nothing was told.
    """
    if told is not None:
        return _told(told)
    beside = Path(__file__).resolve().parents[3]
    if is_template(beside):
        return Source(str(beside))
    if installed := _installed_from():
        return installed
    raise CommandError(
        "The tool was installed without its template: name it with --template, "
        "a directory or a git URL."
    )


def check_out(source: Source, into: Path) -> Checkout:
    """Give the template as files; a URL's are cloned to `into`, at its newest release unless told.

    Raises `CommandError` where there is no template, or git cannot bring it.
    """
    if source.directory:
        root = source.directory
    else:
        root = into
        git(into.parent, "clone", "--quiet", "--no-checkout", "--", str(source.remote), str(root))
        wanted = source.revision or releases.newest(root) or "HEAD"
        git(root, "checkout", "--quiet", releases.commit(root, wanted))
        source = Source(source.url, head(root))
    if not is_template(root):
        raise CommandError(
            f"{source} is not a Flaskwright template: it has no {FOLDER}; "
            "name another with --template."
        )
    return Checkout(source, root)


def head(directory: Path, commit: str = "HEAD") -> str:
    """Name a commit of a git repository, the last one unless told, as Copier does."""
    return git(directory, "describe", "--tags", "--always", commit).strip()


def has_commit(directory: Path, revision: str) -> bool:
    """Tell whether the repository knows the revision."""
    try:
        releases.commit(directory, revision)
    except CommandError:
        return False
    return True


def is_repository(directory: Path) -> bool:
    """Tell whether the directory is a git repository's own, not just a folder inside of one."""
    return git(directory, "rev-parse", "--show-prefix", ok_codes=range(256)) == "\n"


def is_template(root: Path) -> bool:
    """Tell whether the directory has what Flaskwright's templates have."""
    return (root / "copier.yml").is_file() and (root / FOLDER).is_dir()


def _told(told: str) -> Source:
    path = Path(told).expanduser()
    if path.is_dir():
        return Source(str(path.resolve()))
    if "://" not in told and not told.startswith("git@"):
        raise CommandError(f"There is no template at {told}: name a directory or a git URL.")
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
        return Source(str(directory)) if is_template(directory) else None
    if origin.get("vcs_info", {}).get("vcs") == "git":
        return Source(f"git+{origin['url']}", origin["vcs_info"]["commit_id"])
    return None
