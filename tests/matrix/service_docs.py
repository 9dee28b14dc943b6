"""Reads the documents of a service: the files, commands and paths that they show."""

import re
import shlex
from collections.abc import Iterable, Iterator

from tests.matrix.environments import Service
from tests.matrix.rows import PACKAGE
from tests.template import ROOT

PAGES = ("docs/howto.md", "docs/deploy.md", "AGENTS.md", "README.md")
# The bundles on which the text of these pages depends.
CONDITIONS = {
    bundle
    for page in PAGES
    for bundle in re.findall(
        r"'(\w+)' in selection", (ROOT / "template" / f"{page}.jinja").read_text("utf-8")
    )
}
FILE = re.compile(r"^`([\w/]+\.py)`\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EMPTY_FILE = re.compile(r"empty `([\w/]+\.py)`")
COMMAND = re.compile(r"^ *\$ (.+?)(?: +# .*)?$", re.MULTILINE)
INLINE = re.compile(r"`flask ([^`\n]+)`")
PATH = re.compile(
    r"[(`]((?:\.github|docs|migrations|src|tests)/[\w./-]+|\w[\w.-]*\.(?:md|py|toml))[)`]"
)
HOWTO_PARTS = ("parcels", "greeting")


def create_howto_files(service: Service) -> None:
    """Create the files that docs/howto.md shows, and list its parts in parts.py."""
    page = _text(service, "docs/howto.md")
    for name, text in [*FILE.findall(page), *((name, "") for name in EMPTY_FILE.findall(page))]:
        path = service.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    parts = service.path / "src" / PACKAGE / "parts.py"
    text = parts.read_text("utf-8")
    for part in HOWTO_PARTS:
        text = text.replace("from . import (\n", f"from . import (\n    {part},\n", 1)
        before, health, after = text.rpartition("    health,\n")
        text = f"{before}    {part},\n{health}{after}"
    parts.write_text(text, "utf-8")


def commands(service: Service, pages: Iterable[str]) -> Iterator[list[str]]:
    """Yield every command after a prompt in these pages, as words."""
    lines = (line for page in pages for line in COMMAND.findall(_text(service, page)))
    return map(shlex.split, lines)


def inline_commands(service: Service, pages: Iterable[str]) -> list[str]:
    """Return the arguments of every `flask` command in the sentences of these pages."""
    return [line for page in pages for line in INLINE.findall(_text(service, page))]


def missing_paths(service: Service) -> list[str]:
    """Return "page: path" for every path in the documents that does not exist."""
    package = service.path / "src" / PACKAGE
    folders = (service.path, service.path / "docs", package)
    return [
        f"{page}: {path}"
        for page in PAGES
        for path in PATH.findall(_text(service, page))
        if not any((folder / path).exists() for folder in folders)
    ]


def _text(service: Service, page: str) -> str:
    return (service.path / page).read_text("utf-8")
