"""git, run so that nothing in the environment points it to another repository."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from .errors import CommandError


def git(folder: Path, *arguments: str, ok_codes: Iterable[int] = (0,)) -> str:
    """Run git in `folder` and return what it printed.

    Raises `CommandError` where it is not installed, or exits with what is not in `ok_codes`.
    """
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            errors="surrogateescape",  # file names may be any bytes
            env=environment(),
            check=False,
        )
    except FileNotFoundError as reason:
        raise CommandError("git is not installed: install it and try again.") from reason
    if done.returncode not in ok_codes:
        said = done.stderr.strip().splitlines() or ["no message"]
        why = next((line for line in said if line.startswith("fatal: ")), said[-1])
        raise CommandError(f"git could not do its part: {why.removeprefix('fatal: ')}")
    return done.stdout


def environment() -> dict[str, str]:
    """Return the environment without what a git hook leaves in it: it names its repository.

    What tells git how to reach a server stays, and a person's configuration.
    """
    reach = ("GIT_SSH", "GIT_ASKPASS", "GIT_SSL_", "GIT_PROXY_", "GIT_TERMINAL_PROMPT")
    configuration = ("GLOBAL", "SYSTEM", "NOSYSTEM", "COUNT", "KEY_", "VALUE_")
    stays = (*reach, *(f"GIT_CONFIG_{name}" for name in configuration))
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(stays)
    }
    return kept | {"LC_ALL": "C"}
