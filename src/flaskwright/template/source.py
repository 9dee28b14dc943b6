"""The template to use: `--template`, the checkout, or the one that the tool was installed with."""

import json
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..catalog.reading import FOLDER
from ..errors import CommandError
from ..git import git

# A wheel has every release of the template in this git bundle, which `make dist` writes.
BUNDLE = Path(__file__).with_name("releases.bundle")


@dataclass(frozen=True)
class Source:
    """A template: a directory, or a git URL with the revision to use.

    Copier records `url` as `_src_path`. It is absolute, because a relative path would break
    every later update. A directory is used in place, including uncommitted changes.
    """

    url: str
    revision: str | None = None

    @property
    def directory(self) -> Path | None:
        """The template's directory, or None for a URL."""
        return None if self.remote else Path(self.url)

    @property
    def remote(self) -> str | None:
        """The URL in git's form, or None for a directory."""
        return self.url.removeprefix("git+") if self.url.startswith("git+") else None

    def __str__(self) -> str:
        return f"{self.url}@{self.revision}" if self.revision else self.url


def find(requested: str | None) -> Source:
    """Return the template to use.

    `requested` is a directory or a git URL, optionally with @revision. Raises `CommandError` if
    there is no such template, or if none is requested and the tool was installed without one.
    """
    if requested is not None:
        return _parse(requested)
    checkout = Path(__file__).resolve().parents[3]
    if is_template(checkout):
        return Source(str(checkout))
    if installed := _installed():
        return installed
    raise CommandError(
        "No template was installed with the tool: use --template with a directory or a git URL."
    )


def describe(repository: Path, commit: str = "HEAD") -> str:
    """Return the name that Copier gives a commit, such as v0.1.0 or v0.1.0-3-gabc1234."""
    return git(repository, "describe", "--tags", "--always", commit).strip()


def is_repository(directory: Path) -> bool:
    """Return whether the directory is the root of a git repository."""
    return git(directory, "rev-parse", "--show-prefix", ok_codes=range(256)) == "\n"


def is_template(root: Path) -> bool:
    """Return whether the directory has the files of a Flaskwright template."""
    return (root / "copier.yml").is_file() and (root / FOLDER).is_dir()


def _parse(requested: str) -> Source:
    path = Path(requested).expanduser()
    if path.is_dir():
        return Source(str(path.resolve()))
    if "://" not in requested and not requested.startswith("git@"):
        raise CommandError(f"There is no template at {requested}: use a directory or a git URL.")
    place, slash, last = requested.removeprefix("git+").rpartition("/")
    name, _, revision = last.partition("@")
    return Source(f"git+{place}{slash}{name}", revision or None)


def _installed() -> Source | None:
    """Return the wheel's own template, or the URL or directory that was installed, by PEP 610."""
    try:
        distribution = Distribution.from_name("flaskwright")
    except PackageNotFoundError:
        return None
    if BUNDLE.exists():
        urls = distribution.metadata.get_all("Project-URL", [])
        names = dict(url.split(", ", 1) for url in urls)
        return Source(f"git+{names['Repository']}", f"v{distribution.version}")
    text = distribution.read_text("direct_url.json")
    origin = json.loads(text) if text else {}
    if "dir_info" in origin:
        directory = Path(unquote(urlsplit(origin["url"]).path))
        return Source(str(directory)) if is_template(directory) else None
    if origin.get("vcs_info", {}).get("vcs") == "git":
        return Source(f"git+{origin['url']}", origin["vcs_info"]["commit_id"])
    return None
