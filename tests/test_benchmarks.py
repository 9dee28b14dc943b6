"""The gate of `make bench`: it fails where a peer does not answer as the service does."""

import subprocess
import sys

import pytest

from tests.template import ROOT


@pytest.mark.large
def test_every_subject_passes_the_gate_and_serves() -> None:
    command = (sys.executable, "-m", "benchmarks", "--look", "--rounds", "1", "--seconds", "0.1")

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr
