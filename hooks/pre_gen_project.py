"""Hands over to Copier, which makes the service. cookiecutter renders this file, then runs it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

TOLD = json.loads(
    r"""{{ {'context': cookiecutter, 'root': template_root, 'copier': copier} | tojson }}"""
)
CONTEXT = TOLD["context"]


def main() -> None:
    """Make the service in the working directory, which cookiecutter has made."""
    if any(Path.cwd().iterdir()):
        refuse(f"{Path.cwd()} holds files, and none is overwritten: choose another directory.")
    command = [*TOLD["copier"], "copy", "--defaults", "--quiet"]
    command += [f"--data={name}={value}" for name, value in answers().items()]
    if CONTEXT["_checkout"]:
        command.append(f"--vcs-ref={CONTEXT['_checkout']}")
    done = run([*command, "--", source(), "."])
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["Copier says nothing."]
        why = next((line for line in lines if "fatal: " in line), lines[-1])
        refuse(re.sub(r"^.*?(Error|fatal): ", "", why))


def answers() -> dict[str, str]:
    """Return what Copier is told; what nobody answered, it computes."""
    told = {}
    for name, value in CONTEXT.items():
        unanswered = value == "" and name in CONTEXT["_computed"]
        if name[0] != "_" and name != "directory" and not unanswered:
            told[name] = value
    for name in set(CONTEXT["_lists"]).intersection(told):
        ids = map(str.strip, told[name].strip(" []").split(","))
        told[name] = json.dumps([*filter(None, ids)])
    return told


def source() -> str:
    """Return the template as Copier is to record it: not the clone that cookiecutter made."""
    if CONTEXT["_repo_dir"] == CONTEXT["_template"]:
        return str(TOLD["root"])
    origin = ["git", "-C", TOLD["root"], "config", "--get", "remote.origin.url"]
    url = run(origin).stdout.strip()
    if not url:
        refuse("The template has no versions, so nothing could be updated: name its git URL.")
    return f"git+{url}"


def run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    # In a git hook, these name another repository.
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(command, capture_output=True, text=True, env=env, check=False)


def refuse(why: str) -> None:
    """End with a line that says what to do."""
    sys.exit(f"flaskwright: {why}")


main()
