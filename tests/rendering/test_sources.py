"""The template's own files can be checked out and linted on every platform."""

import re
from filecmp import DEFAULT_IGNORES
from pathlib import Path

import pytest

from tests.template import FOLDERS, ROOT

SOURCES = [
    path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.is_file()
]
FORBIDDEN_ON_WINDOWS = re.compile(r'[<>:"|?*\\\x00-\x1f]|[. ]$')


def test_no_python_source_has_a_jinja_block() -> None:
    python = [path for path in SOURCES if path.name.removesuffix(".jinja").endswith(".py")]

    assert python
    assert [path for path in python if re.search(r"{%|{#", path.read_text("utf-8"))] == []


def test_names_are_valid_on_every_platform() -> None:
    names = {name for path in SOURCES for name in path.relative_to(ROOT).parts}

    assert {name for name in names if FORBIDDEN_ON_WINDOWS.search(name)} == set()
    assert names.isdisjoint(DEFAULT_IGNORES), "Copier's update would never delete these"
    assert len({str(path).lower() for path in SOURCES}) == len(SOURCES)


def test_lines_end_with_a_line_feed() -> None:
    assert [path for path in SOURCES if b"\r" in path.read_bytes()] == []


@pytest.mark.parametrize("name", ["_tasks", "_migrations", "_jinja_extensions"])
def test_the_template_needs_no_trust(name: str) -> None:
    assert f"\n{name}:" not in (ROOT / "copier.yml").read_text("utf-8")


def test_lock_files_contain_no_download_urls() -> None:
    locks = sorted((ROOT / "requirements").glob("*.txt"))

    assert locks
    assert [path for path in locks if "://" in path.read_text("utf-8")] == []


def test_every_open_source_license_has_a_text() -> None:
    assert {path.stem for path in Path(ROOT, "licenses").iterdir()} == {
        "Apache-2.0",
        "BSD-3-Clause",
        "MIT",
    }
