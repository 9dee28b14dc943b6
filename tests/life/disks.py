"""Mount small disks and read-only folders, and fill disks."""

import os
import subprocess
from pathlib import Path

import pytest


def mount(*arguments: str | Path) -> None:
    """Run `mount`; skip the test if it fails, for example without permission."""
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"cannot mount: {done.stderr.strip()}")


def fill(disk: Path, free_pages: int) -> None:
    """Fill the disk until `free_pages` pages are free."""
    page = os.statvfs(disk).f_bsize
    with (disk / "filling").open("wb", buffering=0) as file:
        while os.statvfs(disk).f_bavail > free_pages:
            file.write(bytes(page))
