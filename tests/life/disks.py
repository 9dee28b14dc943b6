"""Small disks, which a test may fill, and folders that it may make read-only."""

import os
import subprocess
from pathlib import Path

import pytest


def mount(*arguments: str | Path) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"cannot mount: {done.stderr.strip()}")


def fill(disk: Path, left: int) -> None:
    """Fill the disk but for so many pages."""
    page = os.statvfs(disk).f_bsize
    with (disk / "filling").open("wb", buffering=0) as file:
        while os.statvfs(disk).f_bavail > left:
            file.write(bytes(page))
