"""Runs git, isolated from variables that would point it to another repository."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from .errors import CommandError

# Variables that say how to reach a server, and the user's own configuration.
KEPT = (
    *("GIT_SSH", "GIT_ASKPASS", "GIT_SSL_", "GIT_PROXY_", "GIT_TERMINAL_PROMPT"),
    *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"),
    *("GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"),
)


def git(folder: Path, *arguments: str, ok_codes: Iterable[int] = (0,)) -> str:
    """Run git in `folder` and return its output.

    Raises `CommandError` if git is not installed, or its exit code is not in `ok_codes`.
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
        lines = done.stderr.strip().splitlines() or ["no message"]
        why = next((line for line in lines if line.startswith("fatal: ")), lines[-1])
        raise CommandError(f"git failed: {why.removeprefix('fatal: ')}")
    return done.stdout


def environment() -> dict[str, str]:
    """Return the environment variables for git.

    A git hook sets variables that name its own repository; these are left out.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(KEPT)
    }
    return kept | {"LC_ALL": "C"}
