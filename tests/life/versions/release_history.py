"""A template repository with releases, and helpers that unpack its versions."""

import shutil
from pathlib import Path

import pytest

from flaskwright.errors import CommandError
from flaskwright.template.releases import TABLE
from flaskwright.template.versions import TemplateVersions
from tests.life.services import commit_tree, git

VERSION = "v1.0.0"
UNPACK = """
import sys
from pathlib import Path
from flaskwright.template.versions import TemplateVersions
url, version, into = sys.argv[1:]
TemplateVersions({"_src_path": url, "_commit": version}).unpack(version, Path(into))
"""


def create_template(folder: Path, *options: str) -> Path:
    """Create a template with two releases and commits around them; `options` are git init's."""
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main", *options)
    (folder / "extensions_catalog").mkdir()
    for state in ("", "1.0.0", "1.1.0", "unreleased"):
        (folder / "extensions_catalog" / "run").write_text(state)
        (folder / "extensions_catalog" / "run").chmod(0o755)
        commit_tree(folder, {"copier.yml": b"", "extensions_catalog/state": state.encode()})
        if state.startswith("1"):
            git(folder, "tag", f"v{state}")
    return folder


def versions_of(
    source: str | Path, version: str | None = VERSION, requested: str | None = None
) -> TemplateVersions:
    """Return the template versions of a service that recorded this source and version."""
    commit = {} if version is None else {"_commit": version}
    return TemplateVersions({"_src_path": str(source), **commit}, requested)


def unpack_state(versions: TemplateVersions, version: str | None, into: Path) -> str:
    """Unpack a version, and return the state in its files: "1.0.0", "1.1.0" or "unreleased"."""
    text = (versions.unpack(version, into) / "extensions_catalog" / "state").read_text()
    shutil.rmtree(into, ignore_errors=True)
    return text


def write_release_table(template: Path, **commits: str) -> None:
    """Write releases.yml and commit it; the keywords are versions such as `v1_0_0`."""
    lines = [
        f"- {{version: {name[1:].replace('_', '.')}, commit: '{commit}'}}\n"
        for name, commit in commits.items()
    ]
    commit_tree(template, {TABLE: "".join(lines).encode()})


def commit_id(repository: Path, name: str) -> str:
    """Return the commit id of a revision."""
    return git(repository, "rev-parse", name).strip()


def describe(repository: Path, name: str) -> str:
    """Return the name that Copier records for a revision."""
    return git(repository, "describe", "--tags", "--always", name).strip()


def unpack_error(versions: TemplateVersions, version: str | None, into: Path) -> str:
    """Return the error of unpacking a version, which must leave no files."""
    with pytest.raises(CommandError) as error:
        versions.unpack(version, into)
    assert not into.exists()
    assert not into.with_name(f"{into.name}.index").exists()
    return str(error.value)
