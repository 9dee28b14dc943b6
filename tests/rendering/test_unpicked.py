"""A service does not mention bundles that it does not have, even with all the others."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from flaskwright.catalog.models import Manifest
from tests.matrix.rows import CATALOG
from tests.template import files, render

# Text that contains the name of a bundle with another meaning.
OTHER_MEANINGS = {
    # Flower's paths, and a module of Alembic
    "admin": r"[\"`]admin[\"`]|admin: User\b",  # the role
    "api": r"openfeature\.api|api\.example\.com|/api/(workers|task)\b|alembic\.autogenerate\.api",
    "auth": r"`auth`",  # a name that Sentry treats as a secret
    "database": r'"database": ("(ok|down)"|fail)|setenv\("DATABASE_URL"',  # samples in tests
    "cache": r"from functools import cache|/var/cache/",
    "http_client": r"(?<!import )\brequests\b(?!>=|\.\w)",  # of clients
    "i18n": r"jinja2\.ext\.i18n|flask_admin\.babel",  # modules of libraries
    # of the API, and of SMTP
    "login": r"auth/login\b|AUTH}/login\b|/v1/login\b|post\(\"/login\"\)|connection\.login",
    "pages": r"(?:\bdatabase|from )[./]pages\b",  # pages of a list
    "rate_limit": r"\blimits\b(?!>=|\.\w)",  # other limits
    "standard_webhooks": r"www\.standardwebhooks\.com",  # the specification
    "storage": r"\blimits\.storage\b|self\.storage\.register_script",  # of a library
    "metrics": r"`/healthcheck` and `/metrics`",  # paths of Flower
    "stripe_webhooks": r"key-of-stripe",  # samples in tests of Sentry
    "example": r"(?i)[\w.@-]*\.example\b|\bexample\.com",
}


@pytest.mark.parametrize("bundle", CATALOG.bundles, ids=lambda bundle: bundle.id)
def test_a_service_without_a_bundle_does_not_mention_it(
    bundle: Manifest, template: Path, tmp_path: Path
) -> None:
    left_out = bundle.comes_with[-1] if bundle.comes_with else bundle.id
    others = [
        other
        for other in CATALOG.bundles
        if left_out not in (other.id, *CATALOG.requirements(other.id))
    ]
    answers = dict(pair for other in others for pair in (other.answers or {}).items())
    picked = [other.id for other in others if other.condition is None]

    tree = files(
        render(template, tmp_path / "tree", {**answers, "preset": "minimal", "extensions": picked})
    )

    mention = re.compile("|".join(_patterns(bundle, others)))
    other_meaning = re.compile(OTHER_MEANINGS.get(bundle.id, "(?!)"))
    assert [
        f"{name}: {line}"
        for name, text in tree.items()
        if not name.endswith(".min.js")  # a library
        for line in (name, *text.decode().splitlines())
        if mention.search(other_meaning.sub("", line))
    ] == []


def _patterns(bundle: Manifest, others: Iterable[Manifest]) -> Iterator[str]:
    """Yield patterns that only `bundle` matches: uses of its id, and names that only it has."""
    yield rf"(?:[./`'\"]|\bimport |\bimport .*, ){bundle.id}\b"
    for name in _names(bundle).difference(*map(_names, others)):
        yield rf"\b{re.escape(name)}\b"


def _names(bundle: Manifest) -> set[str]:
    """Return the names of the bundle's dependencies, settings and servers."""
    return {
        *(
            Requirement(dependency).name
            for dependency in (*bundle.dependencies, *bundle.dev_dependencies)
        ),
        *(setting.name for setting in bundle.settings),
        *bundle.servers,
    }
