"""Nothing of an unpicked bundle is left, however much else is picked."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from flaskwright.catalog.models import Manifest
from tests.matrix.rows import CATALOG
from tests.template import files, render

# What reads like a name of the bundle, and is not one.
MEANT_OTHERWISE = {
    # Flower's own paths, and a module of Alembic
    "api": r"api\.example\.com|/api/(workers|task)\b|alembic\.autogenerate\.api",
    "auth": r"`auth`",  # a word that sentry takes for the name of a secret
    "database": r'"database": ("(ok|down)"|fail)|setenv\("DATABASE_URL"',  # samples in tests
    "cache": r"from functools import cache",
    "metrics": r"`/healthcheck` and `/metrics`",  # Flower's own, too
    "example": r"(?i)[\w.@-]*\.example\b|\bexample\.com",
}


@pytest.mark.parametrize("bundle", CATALOG.bundles, ids=lambda bundle: bundle.id)
def test_nothing_tells_of_it(bundle: Manifest, template: Path, tmp_path: Path) -> None:
    others = [one for one in CATALOG.bundles if bundle.id not in (one.id, *one.requires)]
    answers = dict(pair for one in others for pair in (one.answers or {}).items())
    picked = [one.id for one in others if one.answers is None]

    tree = files(
        render(template, tmp_path / "tree", {**answers, "preset": "minimal", "extensions": picked})
    )

    told = re.compile("|".join(_traces(bundle, others)))
    meant_otherwise = re.compile(MEANT_OTHERWISE.get(bundle.id, "(?!)"))
    assert [
        f"{name}: {line}"
        for name, text in tree.items()
        for line in (name, *text.decode().splitlines())
        if told.search(meant_otherwise.sub("", line))
    ] == []


def _traces(bundle: Manifest, others: Iterable[Manifest]) -> Iterator[str]:
    """Yield patterns of what only `bundle` brings: its name, used as one, and its words."""
    yield rf"(?:[./`'\"]|\bimport |\bimport .*, ){bundle.id}\b"
    for word in _words(bundle).difference(*map(_words, others)):
        yield rf"\b{re.escape(word)}\b"


def _words(bundle: Manifest) -> set[str]:
    return {
        *(Requirement(need).name for need in (*bundle.dependencies, *bundle.dev_dependencies)),
        *(setting.name for setting in bundle.settings),
        *bundle.services,
    }
