"""`make test-bundle ID=...` selects the tests of one bundle."""

import subprocess
import sys

from tests.template import ROOT


def collect(bundle: str) -> "subprocess.CompletedProcess[str]":
    """Run pytest for one bundle without running its tests."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "--bundle", bundle]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_only_the_tests_of_the_bundle_are_selected() -> None:
    lines = [line for line in collect("cache").stdout.splitlines() if "::" in line]

    modules = {line.partition("::")[0].removeprefix("tests/") for line in lines}
    assert {
        "life/test_add_and_remove.py",
        "matrix/test_rows.py",
        "tool/test_bundle_files.py",
    } < modules
    assert all("cache" in line for line in lines)


def test_an_unknown_bundle_is_refused() -> None:
    result = collect("cach")

    assert result.returncode == 4
    assert "There is no bundle 'cach' (did you mean cache?)." in result.stderr
