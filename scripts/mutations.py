"""Makes each mistake of mutations.yml in a copy of the last commit, and runs its test.

Arguments select mistakes by words in their names.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
MUTATIONS: list[dict[str, str]] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text())


def fails(copy: Path, test: str) -> bool:
    """Return whether the test fails in `copy`. Raises `ValueError` if there is no such test."""
    command = (sys.executable, "-m", "pytest", "--all", "-x", "-q", "--no-header", test)
    variables = os.environ | {"PYTHONPATH": f"{copy / 'src'}{os.pathsep}{copy}"}
    result = subprocess.run(
        command, cwd=copy, env=variables, capture_output=True, text=True, check=False
    )
    if result.returncode not in (0, 1):
        raise ValueError(f"{test} did not run:\n{result.stdout}{result.stderr}")
    return result.returncode == 1


def main() -> None:
    """Print each mistake with its test; exit with 1 if one is not noticed."""
    unnoticed = 0
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        copy = Path(folder, "copy")
        subprocess.run(("git", "clone", "--quiet", ROOT, copy), check=True)
        for mutation in MUTATIONS:
            if not all(word in mutation["mistake"] for word in sys.argv[1:]):
                continue
            file = copy / mutation["file"]
            text = file.read_text("utf-8")
            if mutation["replace"] not in text:
                raise ValueError(f"{mutation['file']} does not contain {mutation['replace']!r}")
            file.write_text(text.replace(mutation["replace"], mutation["with"], 1), "utf-8")
            noticed = fails(copy, mutation["test"])
            file.write_text(text, "utf-8")
            unnoticed += not noticed
            print("noticed " if noticed else "MISSED  ", mutation["mistake"], flush=True)
    sys.exit(f"{unnoticed} mistakes were not noticed" if unnoticed else 0)


if __name__ == "__main__":
    main()
