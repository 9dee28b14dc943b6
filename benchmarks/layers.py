"""Where the time of a request goes: which layer takes how much, and what its parts cost alone."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from benchmarks import rendering
from benchmarks.bench import Bench
from benchmarks.endpoints import CREATE, HEALTH, ITEM, LIST
from benchmarks.machine import on
from benchmarks.problems import BenchError
from benchmarks.settings import MEASURED, ROOT

PLANNED_SECONDS = 12.0
PROFILED = ROOT / "benchmarks" / "service" / "profiled.py"


def measure(bench: Bench) -> Mapping[str, Mapping[str, Any]]:
    """Return what `profiled.py` prints. Raises `BenchError`.

    `layers` is the share of each layer in the time of a request, by endpoint. `alone` is the CPU
    time of parts of a request, in microseconds.
    """
    bench.telling.now("where the time of a request goes")
    files = [str(endpoint.file) for endpoint in (ITEM, LIST, CREATE, HEALTH)]
    variables = rendering.variables(bench.service, bench.base.url, bench.broker_url)
    with on(bench.place(1).server):
        result = subprocess.run(
            (str(MEASURED / "bin" / "python"), str(PROFILED), *files),
            cwd=bench.service,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
    if result.returncode:
        raise BenchError(f"profiled.py:\n{result.stderr[-2000:]}")
    bench.telling.done(PLANNED_SECONDS)
    found: Mapping[str, Mapping[str, Any]] = json.loads(result.stdout)
    return found
