"""Every rendered service is complete, parses, and contains exactly what its bundles need."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.matrix.rows import CATALOG, Row
from tests.rendering.rows import rendered_rows
from tests.template import files, render

MARKERS = re.compile(rb"(?<!\$){{|{%|%}|{#|^<<<<<<<|^>>>>>>>", re.MULTILINE)


def _param(row: Row) -> Any:
    """Return the parameter. All tests of a row run in one process, which renders it once."""
    command = () if row.kind in ("answers", "full", "preset") else (pytest.mark.rest,)
    return pytest.param(
        row, id=row.name, marks=[pytest.mark.xdist_group(f"tree of {row.name}"), *command]
    )


@pytest.fixture(scope="module", params=map(_param, rendered_rows()))
def row(request: pytest.FixtureRequest) -> Row:
    """A selection of bundles and answers."""
    param: Row = request.param
    return param


@pytest.fixture(scope="module")
def tree(row: Row, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The service rendered from `row`."""
    return render(template, tmp_path_factory.mktemp("tree"), row.data)


def test_every_file_parses(tree: Path) -> None:
    for path in filter(Path.is_file, tree.rglob("*")):
        text = path.read_text("utf-8")
        match path.suffix:
            case ".py":
                ast.parse(text, str(path))
            case ".toml":
                tomllib.loads(text)
            case ".yaml" | ".yml":
                yaml.safe_load(text)
            case ".json":
                json.loads(text)


def test_it_is_formatted_and_has_no_lint_errors(tree: Path) -> None:
    for arguments in (("format", "--check", "--diff"), ("check", "--output-format", "concise")):
        ruff = Path(sys.executable).with_name("ruff")
        result = subprocess.run(
            (ruff, *arguments, "--no-cache"), cwd=tree, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stdout


def test_no_jinja_or_conflict_markers_are_left(row: Row, tree: Path) -> None:
    found = {name for name, text in files(tree).items() if MARKERS.search(text)}
    [package] = (tree / "src").iterdir()
    assert found == {*_templates(row, package.name)}


def _templates(row: Row, package: str) -> Iterator[str]:
    """Yield the paths of files with Jinja templates of the service itself."""
    for bundle in row.manifests:
        for path in bundle.files:
            if "{% raw" in (CATALOG.folder(bundle.id) / path).read_text("utf-8"):
                guide = f"docs/{bundle.id}.md"
                module = path.replace("src/package/", f"src/{package}/")
                yield guide if path == "GUIDE.md" else module


def test_files_end_with_one_line_feed(tree: Path) -> None:
    texts = {name: text for name, text in files(tree).items() if text}

    assert [name for name, text in texts.items() if not re.search(rb"[^\n]\n\Z", text)] == []
    assert [name for name, text in texts.items() if re.search(rb"\r|\n{4}", text)] == []


def test_git_ignores_no_file(tree: Path, tmp_path: Path) -> None:
    git = ("git", f"--git-dir={tmp_path}", f"--work-tree={tree}", "-c", "core.excludesFile=")
    subprocess.run((*git, "init", "--quiet"), check=True)

    ignored = subprocess.run(
        (*git, "check-ignore", "--no-index", "--stdin"),
        input="\n".join(files(tree)),
        cwd=tree,
        text=True,
        capture_output=True,
        check=False,
    )

    assert ignored.returncode == 1, ignored.stdout  # 1: no path is ignored


def test_it_has_every_file_of_its_bundles(row: Row, tree: Path) -> None:
    for bundle in row.manifests:
        for file in bundle.files:
            target = re.sub("^src/package/", "src/my_service/", file)
            target = re.sub("^migrations/initial/", "migrations/versions/", target)
            if file == "GUIDE.md":
                target = f"docs/{bundle.id}.md"
            is_rendered = "i18n" in row.bundles or "/translations/" not in file
            if file.startswith("migrations/versions/"):  # a new service has only the last ones
                initial = {path for path in bundle.files if path.startswith("migrations/initial/")}
                is_rendered = not initial or file.replace("versions", "initial") in initial
            assert (tree / target).is_file() == is_rendered, file


def test_it_has_one_revision_of_each_bundle_with_tables(row: Row, tree: Path) -> None:
    revisions = sorted(path.stem for path in tree.glob("migrations/versions/*.py"))

    assert revisions == sorted(bundle.revisions[-1] for bundle in row.manifests if bundle.tables)


def test_compose_has_exactly_the_servers_and_processes_of_its_bundles(row: Row, tree: Path) -> None:
    compose = yaml.safe_load((tree / "compose.yaml").read_text("utf-8"))

    servers = {name for bundle in row.manifests for name in bundle.servers}
    processes = {process.name for bundle in row.manifests for process in bundle.processes}
    migrate = {"migrate"} if "database" in row.bundles else set()
    assert set(compose["services"]) == {"web"} | migrate | processes | servers
    assert set(compose.get("volumes", {})) == {
        f"{name}-data" for name in servers if CATALOG.servers[name].data
    }


def test_it_declares_exactly_the_dependencies_of_its_bundles(
    row: Row, tree: Path, minimal: Path
) -> None:
    declared, kernel = (
        tomllib.loads((root / "pyproject.toml").read_text("utf-8")) for root in (tree, minimal)
    )

    assert set(declared["project"]["dependencies"]) == {
        *(
            dependency
            for dependency in kernel["project"]["dependencies"]
            if not (dependency.startswith("gunicorn>") and "granian" in row.bundles)  # replaces it
        ),
        *(dependency for bundle in row.manifests for dependency in bundle.dependencies),
    }
    assert set(declared["dependency-groups"]["dev"]) == {
        *kernel["dependency-groups"]["dev"],
        *(dependency for bundle in row.manifests for dependency in bundle.dev_dependencies),
    }


@pytest.fixture(scope="module")
def minimal(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service without bundles."""
    return render(template, tmp_path_factory.mktemp("minimal"), {"preset": "minimal"})
