"""The commands and links in the README and the documentation work."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.template import ROOT

PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "extensions_catalog" / "README.md",
]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://)([^)#]+)")
TOOLS = Path(sys.executable).parent


def commands(page: Path) -> list[list[str]]:
    """Return the words of each command in the page's `sh` blocks."""
    lines = "\n".join(BLOCK.findall(page.read_text("utf-8"))).splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]


COMMANDS = [words for page in PAGES for words in commands(page)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_point_to_files(page: Path) -> None:
    links = LINK.findall(page.read_text("utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("words", [w for w in COMMANDS if w[0] == "make"], ids=" ".join)
def test_make_targets_exist(words: list[str]) -> None:
    makefiles = (ROOT / "Makefile", ROOT / "template" / "Makefile.jinja")
    targets = "\n".join(path.read_text("utf-8") for path in makefiles)

    assert re.search(rf"^{re.escape(words[1])}:", targets, re.MULTILINE)


@pytest.mark.parametrize(
    "words", [w for w in COMMANDS if Path(w[0]).name in ("flaskwright", "copier")], ids=" ".join
)
def test_commands_succeed(words: list[str], tmp_path: Path) -> None:
    tool, *arguments = words
    options = [str(ROOT) if argument == "." else argument for argument in arguments]
    if arguments[0] in ("new", "copy") and "--defaults" not in arguments:
        options.append("--defaults")  # there is no terminal for prompts

    result = subprocess.run(
        [str(shutil.which(Path(tool).name, path=TOOLS)), *options],
        cwd=tmp_path,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    if "parcel-tracker" in arguments:
        assert (tmp_path / "parcel-tracker" / "src" / "parcel_tracker").is_dir()


@pytest.mark.parametrize("words", [w for w in COMMANDS if w[0] == "eval"], ids=" ".join)
def test_the_shell_completes_bundles(words: list[str]) -> None:
    script = f"""
        eval "{words[1]}"
        COMP_WORDS=(flaskwright catalog cac) COMP_CWORD=2
        _flaskwright_completion flaskwright
        echo "${{COMPREPLY[@]}}"
    """

    result = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.stdout == "cache\n", result.stderr


def test_every_command_is_of_a_known_tool() -> None:
    known = {"make", "flaskwright", "copier", "python3", "pip", "eval"}

    assert {Path(words[0]).name for words in COMMANDS} <= known
