"""git, run so that nothing in the environment points it to another repository."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from .problems import RefusalError


def git(folder: Path, *arguments: str, fine: Iterable[int] = (0,)) -> str:
    """Run git in `folder` and return what it printed.

    Raises `RefusalError` where it is not installed, or exits with what is not in `fine`.
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
        raise RefusalError("git is not installed: install it and try again.") from reason
    if done.returncode not in fine:
        why = done.stderr.strip().splitlines() or ["no message"]
        raise RefusalError(f"git could not do its part: {why[-1]}")
    return done.stdout


def environment() -> dict[str, str]:
    """Return the environment without what a git hook leaves in it: it names its repository.

    What tells git how to reach a server stays.
    """
    reach = ("GIT_SSH", "GIT_ASKPASS", "GIT_SSL_", "GIT_PROXY_", "GIT_TERMINAL_PROMPT")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(reach)
    }
    return kept | {"LC_ALL": "C"}
