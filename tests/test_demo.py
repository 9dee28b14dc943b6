"""`make demo CHECK=1` keeps what it promises."""

import subprocess
import sys

from tests.template import ROOT

DEMO = (sys.executable, str(ROOT / "demo" / "demo.py"))


def test_with_check_it_ends_after_its_checks() -> None:
    result = subprocess.run((*DEMO, "--check"), capture_output=True, text=True, check=False)

    assert result.stdout.splitlines()[-1] == "demo: ok", result.stdout + result.stderr
    assert result.returncode == 0
