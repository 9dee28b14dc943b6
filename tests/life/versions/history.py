"""TemplateVersions with releases, and services that recorded them."""

import shutil
from pathlib import Path

import pytest

from flaskwright.errors import CommandError
from flaskwright.template.releases import TABLE
from flaskwright.template.versions import TemplateVersions
from tests.life.services import git, put

VERSION = "v1.0.0"
UNPACK = """
import sys
from pathlib import Path
from flaskwright.template.versions import TemplateVersions
url, version, into = sys.argv[1:]
TemplateVersions({"_src_path": url, "_commit": version}).unpack(version, Path(into))
"""


def history(folder: Path, *options: str) -> Path:
    """Make a template with two releases; `options` are for `git init`."""
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main", *options)
    (folder / "extensions_catalog").mkdir()
    for state in ("", "1.0.0", "1.1.0", "unreleased"):
        (folder / "run").write_text(state)
        (folder / "run").chmod(0o755)
        put(folder, {"copier.yml": b"", "extensions_catalog/state": state.encode()})
        if state.startswith("1"):
            git(folder, "tag", f"v{state}")
    return folder


def templates(
    source: str | Path, version: str | None = VERSION, told: str | None = None
) -> TemplateVersions:
    """Return the templates of a service that recorded this."""
    commit = {} if version is None else {"_commit": version}
    return TemplateVersions({"_src_path": str(source), **commit}, told)


def state(found: TemplateVersions, version: str | None, into: Path) -> str:
    """Unpack a version, and return which it is."""
    text = (found.unpack(version, into) / "extensions_catalog" / "state").read_text()
    shutil.rmtree(into, ignore_errors=True)
    return text


def enter(template: Path, **commits: str) -> None:
    """Write the table of releases, for "v1_0_0" and so on, and commit it."""
    lines = [
        f"- {{version: {name[1:].replace('_', '.')}, commit: '{commit}'}}\n"
        for name, commit in commits.items()
    ]
    put(template, {TABLE: "".join(lines).encode()})


def id_of(repository: Path, name: str) -> str:
    return git(repository, "rev-parse", name).strip()


def describe(repository: Path, name: str) -> str:
    return git(repository, "describe", "--tags", "--always", name).strip()


def refusal(found: TemplateVersions, version: str | None, into: Path) -> str:
    with pytest.raises(CommandError) as refused:
        found.unpack(version, into)
    assert not into.exists()
    assert not into.with_name(f"{into.name}.index").exists()
    return str(refused.value)
