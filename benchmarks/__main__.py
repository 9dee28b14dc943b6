"""`python -m benchmarks`: makes the benchmark's environment, and hands over to it."""

import os
import subprocess
import sys
from pathlib import Path

from filelock import FileLock, Timeout

ROOT = Path(__file__).parent.parent
WORK = ROOT / ".bench"
ENVIRONMENT = WORK / "venv"
LOCKED = ROOT / "requirements" / "benchmarks.txt"
UV = Path(sys.executable).with_name("uv")


def prepare() -> None:
    """Install what is locked, unless that was done. Exits with one line where it fails."""
    installed = ENVIRONMENT / "installed.txt"
    locked = LOCKED.read_bytes()
    if installed.exists() and installed.read_bytes() == locked:
        return
    print("Installing the tools of the benchmark into .bench/venv ...", flush=True)
    venv = (UV, "venv", "--quiet", "--clear", "--python", sys.executable, ENVIRONMENT)
    sync = (UV, "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode", LOCKED)
    for command in (venv, sync):
        variables = {**os.environ, "VIRTUAL_ENV": str(ENVIRONMENT), "UV_PYTHON_DOWNLOADS": "never"}
        result = subprocess.run(command, env=variables, check=False)
        if result.returncode:
            sys.exit(f"bench: failed: uv exited {result.returncode}")
    installed.write_bytes(locked)


if __name__ == "__main__":
    if sys.platform != "linux":
        sys.exit("bench: failed: it pins processes to cores and reads their clocks: use Linux")
    WORK.mkdir(exist_ok=True)
    try:
        with FileLock(WORK / "lock", timeout=0):  # a run has it, whose environment must stay
            prepare()
    except Timeout:
        sys.exit("bench: failed: another one of this checkout is running: end it first")
    python = str(ENVIRONMENT / "bin" / "python")
    os.chdir(ROOT)
    os.environ["PYTHONPATH"] = os.pathsep.join((str(ROOT), str(ROOT / "src")))
    os.execv(python, [python, "-m", "benchmarks.run", *sys.argv[1:]])  # noqa: S606 # itself, in its environment
