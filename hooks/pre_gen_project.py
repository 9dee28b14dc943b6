"""Generates the service with Copier. cookiecutter renders this file and runs the result."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

RENDERED = json.loads(
    r"""{{ {'context': cookiecutter, 'root': template_root, 'copier': copier} | tojson }}"""
)
CONTEXT = RENDERED["context"]


def main() -> None:
    """Generate the service in the working directory, which cookiecutter created."""
    if any(Path.cwd().iterdir()):
        fail(f"{Path.cwd()} is not empty, and files are never overwritten: use a new directory.")
    command = [*RENDERED["copier"], "copy", "--defaults", "--quiet"]
    command += [f"--data={name}={value}" for name, value in answers().items()]
    if CONTEXT["_checkout"]:
        command.append(f"--vcs-ref={CONTEXT['_checkout']}")
    result = run([*command, "--", source(), "."])
    if result.returncode:
        lines = result.stderr.strip().splitlines() or ["Copier failed without a message."]
        why = next((line for line in lines if "fatal: " in line), lines[-1])
        fail(re.sub(r"^.*?(Error|fatal): ", "", why))


def answers() -> dict[str, str]:
    """Return the answers for Copier. It computes the computed ones that are empty."""
    given = {}
    for name, value in CONTEXT.items():
        computed = value == "" and name in CONTEXT["_computed"]
        if name[0] != "_" and name != "directory" and not computed:
            given[name] = value
    for name in set(CONTEXT["_lists"]).intersection(given):
        ids = map(str.strip, given[name].strip(" []").split(","))
        given[name] = json.dumps([*filter(None, ids)])
    return given


def source() -> str:
    """Return the template that Copier records: the URL instead of cookiecutter's clone of it."""
    if CONTEXT["_repo_dir"] == CONTEXT["_template"]:
        return str(RENDERED["root"])
    origin = ["git", "-C", RENDERED["root"], "config", "--get", "remote.origin.url"]
    url = run(origin).stdout.strip()
    if not url:
        fail("The template is not in git, so the service could not be updated: use its git URL.")
    return f"git+{url}"


def run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    """Run the command without git's variables: in a git hook, they name another repository."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(command, capture_output=True, text=True, env=env, check=False)


def fail(message: str) -> None:
    """Print one line on stderr, and end with exit code 1."""
    sys.exit(f"flaskwright: {message}")


main()
