"""The conformance check of `make bench`."""

import subprocess
import sys

import pytest

from tests.template import ROOT


@pytest.mark.large
def test_every_subject_conforms_and_serves() -> None:
    command = ("make", "bench", "CHECK=1", f"PYTHON={sys.executable}")

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr
