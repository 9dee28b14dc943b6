"""The transcripts in docs/change-your-mind.md.

Run `python -m tests.life.transcripts` to run the page's commands and update their output in it.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.life.services import commit_tree, git, run, service_files
from tests.template import ROOT, copy_template

PAGE = ROOT / "docs" / "change-your-mind.md"
BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)


def with_current_output(text: str, service: Path) -> str:
    """Return the page `text` with the output of its commands, run in `service` in order."""

    def transcript(block: re.Match[str]) -> str:
        commands = [line for line in block[0].splitlines() if line.startswith("$ ")]
        return "".join(f"{command}\n{_output(command[2:], service)}" for command in commands)

    return BLOCK.sub(transcript, text)


def _output(command: str, folder: Path) -> str:
    variables = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "HOME": str(folder.parent),
        **{f"GIT_{role}_NAME": "Tests" for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_EMAIL": "tests@example.com" for role in ("AUTHOR", "COMMITTER")},
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


def create_parcels(scratch: Path) -> Path:
    """Create the page's example service, from a copy of the template."""
    repository = commit_tree(copy_template(scratch / "template"), {})
    git(repository, "tag", "v0.1.0")
    service, name = scratch / "parcels", ("--data", "project_name=Parcels")
    options = ("--defaults", *name, "--template", str(repository))
    assert run(scratch, "new", str(service), *options) == 0
    return commit_tree(service, service_files(service))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        PAGE.write_text(
            with_current_output(PAGE.read_text("utf-8"), create_parcels(Path(scratch))), "utf-8"
        )
