"""The transcripts in docs/change-your-mind.md.

`python -m tests.life.transcripts` runs the page's commands and writes what they print into it.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.life.services import git, put, run, tree
from tests.template import ROOT, copy_template

PAGE = ROOT / "docs" / "change-your-mind.md"
BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)


def told_by(text: str, service: Path) -> str:
    """Return the page `text` with what its commands print, run in `service` in order."""

    def transcript(block: re.Match[str]) -> str:
        commands = [line for line in block[0].splitlines() if line.startswith("$ ")]
        return "".join(f"{command}\n{_printed(command[2:], service)}" for command in commands)

    return BLOCK.sub(transcript, text)


def _printed(command: str, folder: Path) -> str:
    variables = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "HOME": str(folder.parent),
        **{f"GIT_{who}_NAME": "Tests" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "tests@example.com" for who in ("AUTHOR", "COMMITTER")},
    }
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def parcels(scratch: Path) -> Path:
    """Make the service that the page is about, from a copy of the template."""
    repository = put(copy_template(scratch / "template"), {})
    git(repository, "tag", "v0.1.0")
    made, name = scratch / "parcels", ("--data", "project_name=Parcels")
    assert run(scratch, "new", str(made), "--defaults", *name, "--template", str(repository)) == 0
    return put(made, tree(made))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        PAGE.write_text(told_by(PAGE.read_text("utf-8"), parcels(Path(scratch))), "utf-8")
