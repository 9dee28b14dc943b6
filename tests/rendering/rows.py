"""The selections to render: every bundle with and without every other, CI and license."""

from tests.matrix.pairwise import Factors, covering_rows
from tests.matrix.rows import BROKERS, CATALOG, OPTIONAL, Row, rows

FACTORS = Factors(
    CATALOG.bundles,
    {
        "broker": BROKERS,
        "ci": ["github", "gitlab", "none"],
        "license": ["Apache-2.0", "BSD-3-Clause", "MIT", "proprietary"],
    },
)


def rendered_rows() -> list[Row]:
    """Return the matrix's rows, and rows that combine each answer with each bundle."""
    paired = [
        Row(
            "answers",
            f"answers{number}",
            tuple(bundle for bundle in OPTIONAL if choices[bundle]),
            {name: str(value) for name, value in choices.items() if name not in OPTIONAL},
        )
        for number, choices in enumerate(covering_rows(FACTORS), start=1)
    ]
    return [*rows(), *paired]
