"""What a person sees of a run: what is measured, how far it is, and a table."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from benchmarks.bursts import Measured
from benchmarks.figures import Key, figures, ratio
from benchmarks.settings import REFERENCE


class Telling:
    """Shows how far a run is, by the seconds that what is done was planned to take."""

    def __init__(self, progress: Progress) -> None:
        self.began = time.monotonic()
        self.progress = progress
        self.task = progress.add_task("starting", total=None)

    def expect(self, seconds: float) -> None:
        """Say how much there is to do."""
        self.progress.update(self.task, total=seconds)

    def now(self, what: str) -> None:
        """Say what is going on."""
        if self.progress.console.is_terminal:
            self.progress.update(self.task, description=what)
        else:
            minutes, seconds = divmod(int(time.monotonic() - self.began), 60)
            share = self.progress.tasks[0].percentage
            print(f"{minutes:2}:{seconds:02} {share:3.0f} %  {what}", flush=True)

    def done(self, seconds: float) -> None:
        """Advance by what was planned to take so long."""
        self.progress.advance(self.task, seconds)


@contextmanager
def telling() -> Iterator[Telling]:
    """Show the progress of a run while the block lasts."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, refresh_per_second=2, transient=True) as progress:
        yield Telling(progress)


def show(groups: Mapping[Key, Mapping[int, Measured]], order: Sequence[str]) -> None:
    """Print the figures of every point, the subjects in `order`."""
    console = Console()
    if not console.is_terminal:
        console.width = 130
    for workers, connections in dict.fromkeys(key[:2] for key in groups):
        table = Table(title=f"{workers} worker(s), {connections} connections")
        headings = ("endpoint", "subject", "requests/s", f"ratio to {REFERENCE}", "range")
        for heading in (*headings, "CPU us", "CPU ratio", "p50 ms", "p99 ms", "load us"):
            table.add_column(heading, justify="left" if heading in headings[:2] else "right")
        here = [key for key in groups if key[:2] == (workers, connections)]
        for endpoint in dict.fromkeys(key[2] for key in here):
            for subject in order:
                key = (workers, connections, endpoint, subject)
                if key in groups:
                    reference = groups.get((workers, connections, endpoint, REFERENCE))
                    table.add_row(endpoint, subject, *_cells(groups[key], reference))
            table.add_section()
        console.print(table)


def _cells(bursts: Mapping[int, Measured], reference: Mapping[int, Measured] | None) -> list[str]:
    own = figures(bursts)
    cells = [f"{own.requests_per_second.median:.0f}", "", "", f"{own.cpu_us:.0f}", ""]
    if reference:
        beside = ratio(bursts, reference)
        requests = beside.requests
        cells[1:3] = [f"{requests.median:.2f}", f"{requests.minimum:.2f}-{requests.maximum:.2f}"]
        cells[4] = f"{beside.cpu:.2f}"
    return [*cells, f"{own.p50_ms:.1f}", f"{own.p99_ms:.1f}", f"{own.load_cpu_us:.1f}"]
