"""The chart: requests a second beside conventional FastAPI, as plain horizontal bars."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from benchmarks.settings import REFERENCE

WIDTH, LEFT, RIGHT = 760, 220, 120
BAR, GAP, HEADING = 16, 6, 30
STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .heading { font-weight: 600 }
    .service { fill: #1a7f64 } .peer { fill: #8b949e }
    line { stroke: #1f2328 } .one { stroke-dasharray: 3 3 }
    @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3 } line { stroke: #e6edf3 } .service { fill: #3fb893 }
    }
"""


def chart(results: Mapping[str, Any], endpoints: Mapping[str, str]) -> str:
    """Return an SVG of the ratios at `endpoints`, titles by id; whiskers are the range."""
    shown = [
        (name, subject)
        for name, subject in results["subjects"].items()
        if subject["kind"] in ("service", "peer")
    ]
    ratios = results["ratios"]
    largest = max(
        [1.0]
        + [
            ratios[name][endpoint]["requests_range"][1]
            for name, _ in shown
            for endpoint in endpoints
            if endpoint in ratios.get(name, {})
        ]
    )
    scale = (WIDTH - LEFT - RIGHT) / largest
    lines: list[str] = []
    y = 0
    for endpoint, title in endpoints.items():
        y += HEADING
        lines.append(f'<text class="heading" x="0" y="{y - 10}">{escape(title)}</text>')
        top = y
        for name, subject in shown:
            found = ratios.get(name, {}).get(endpoint)
            if found or name == REFERENCE:
                ratio = found["requests"] if found else 1.0
                spread = found["requests_range"] if found else (1.0, 1.0)
                lines += _bar(y, subject, ratio, spread, scale)
                y += BAR + GAP
        one = LEFT + scale
        lines.append(f'<line class="one" x1="{one:.1f}" y1="{top - 4}" x2="{one:.1f}" y2="{y}"/>')
    description = "Requests a second, relative to conventional FastAPI, by endpoint"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 8}" role="img">',
            f"<title>{description}</title>",
            f"<style>{STYLE}</style>",
            *lines,
            "</svg>\n",
        ]
    )


def _bar(
    y: int, subject: Mapping[str, Any], ratio: float, spread: Sequence[float], scale: float
) -> list[str]:
    middle = y + BAR / 2
    low, high = (LEFT + scale * each for each in spread)
    label = f'x="{LEFT - 8}" y="{y + 13}" text-anchor="end"'
    bar = f'x="{LEFT}" y="{y}" width="{scale * ratio:.1f}" height="{BAR}"'
    return [
        f"<text {label}>{escape(subject['title'])}</text>",
        f'<rect class="{subject["kind"]}" {bar}/>',
        f'<line x1="{low:.1f}" y1="{middle}" x2="{high:.1f}" y2="{middle}"/>',
        f'<text x="{high + 6:.1f}" y="{y + 13}">{ratio:.2f}</text>',
    ]
