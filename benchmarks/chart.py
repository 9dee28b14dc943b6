"""The chart: requests a second relative to conventional FastAPI, with the range of the rounds."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.endpoints import ALL, TITLES

COLORS = {"service": "#1a7f64", "peer": "#8b949e"}
GRAY = "#808890"  # readable on light and on dark pages


def write_chart(results: Any, path: Path) -> None:
    """Write an SVG of `Results`, with horizontal bars for each endpoint."""
    mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "bench", "text.color": GRAY}
    subjects = results.of_kind(*COLORS)
    titles = [results.titles[name] for name in subjects]
    colors = [COLORS[results.data["subjects"][name]["kind"]] for name in subjects]
    figure = Figure(figsize=(9, 9), layout="constrained")
    for axes, endpoint in zip(figure.subplots(len(ALL), sharex=True), ALL, strict=True):
        ratios = [results.ratio(name, endpoint) for name in subjects]
        medians = [ratio.median for ratio in ratios]
        below = [ratio.median - ratio.lowest for ratio in ratios]
        above = [ratio.highest - ratio.median for ratio in ratios]
        bars = axes.barh(titles, medians, color=colors, xerr=(below, above), ecolor=GRAY)
        axes.bar_label(bars, fmt="%.2f", padding=4)
        axes.set_title(TITLES[endpoint], loc="left")
        axes.axvline(1, color=GRAY, linestyle="dashed")
        axes.invert_yaxis()
        axes.tick_params(colors=GRAY)
        axes.spines[:].set_visible(False)
    figure.savefig(path, transparent=True, metadata={"Date": None})
