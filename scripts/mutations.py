"""Makes each mistake of mutations.yml in a copy of the last commit, and runs its test.

Arguments select mistakes by words in their names. The servers and the browser of CI are needed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
MUTATIONS: list[dict[str, str]] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text())


def failure(copy: Path, *tests: str) -> str:
    """Return what pytest prints if a test fails in `copy`, otherwise "".

    Raises `ValueError` if a test does not exist.
    """
    command = (sys.executable, "-m", "pytest", "--all", "-x", "-q", "--no-header", *tests)
    path = f"{copy / 'src'}{os.pathsep}{copy}"
    variables = os.environ | {"PYTHONPATH": path, "REQUIRE_SERVICES": "1"}
    result = subprocess.run(
        command, cwd=copy, env=variables, capture_output=True, text=True, check=False
    )
    if result.returncode not in (0, 1):
        raise ValueError(f"{' '.join(tests)} did not run:\n{result.stdout}{result.stderr}")
    return result.stdout if result.returncode else ""


def main() -> None:
    """Print each mistake and whether its test noticed it; exit with 1 if one did not."""
    selected = [
        mutation
        for mutation in MUTATIONS
        if all(word in mutation["mistake"] for word in sys.argv[1:])
    ]
    unnoticed = 0
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        copy = Path(folder, "copy")
        subprocess.run(("git", "clone", "--quiet", ROOT, copy), check=True)
        if output := failure(copy, *{mutation["test"]: None for mutation in selected}):
            sys.exit(f"{output}\nThe tests do not pass without a mistake.")
        for mutation in selected:
            file = copy / mutation["file"]
            text = file.read_text("utf-8")
            file.write_text(text.replace(mutation["replace"], mutation["with"], 1), "utf-8")
            noticed = failure(copy, mutation["test"]) != ""
            file.write_text(text, "utf-8")
            unnoticed += not noticed
            print("noticed " if noticed else "MISSED  ", mutation["mistake"], flush=True)
    sys.exit(f"{unnoticed} mistakes were not noticed" if unnoticed else 0)


if __name__ == "__main__":
    main()
