"""A package cannot have the name of a Python module, a dependency or a folder of a service."""

import re
import subprocess
from collections.abc import Iterable
from importlib.metadata import packages_distributions

import pytest
from packaging.utils import canonicalize_name

from flaskwright.catalog.reading import read
from tests.interpreters import SUPPORTED, require
from tests.template import ROOT

CATALOG = read(ROOT)
POSSIBLE = re.compile(r"[a-z][a-z0-9_]*")  # the package names that copier.yml accepts
LOCKED = re.compile(r"^([a-z0-9-]+)(?:\[.+\])?==", re.MULTILINE)
OWN_NAMES = """import keyword, sys
print(*keyword.kwlist, *keyword.softkwlist, *sys.stdlib_module_names)
"""


def distributions() -> set[str]:
    """Return every distribution that a service may install, on any platform."""
    return set(LOCKED.findall((ROOT / "requirements" / "services.txt").read_text("utf-8")))


def missing(names: Iterable[str]) -> list[str]:
    """Return the possible package names that are not reserved, sorted."""
    return sorted(name for name in {*names} - CATALOG.reserved if POSSIBLE.fullmatch(name))


@pytest.mark.parametrize("version", SUPPORTED)
def test_python_s_own_names_are_reserved(version: str) -> None:
    names = subprocess.check_output([require(version), "-c", OWN_NAMES], text=True)

    assert missing(names.split()) == []


def test_names_of_distributions_are_reserved() -> None:
    assert missing(name.replace("-", "_") for name in distributions()) == []


def test_modules_of_installed_distributions_are_reserved() -> None:
    modules = [
        module
        for module, owners in packages_distributions().items()
        if distributions().intersection(map(canonicalize_name, owners))
        and not module.endswith("__mypyc")  # named by a hash of each release
    ]
    assert missing(modules) == []


def test_the_folders_of_a_service_are_reserved() -> None:
    assert {"docs", "instance", "migrations", "package", "src", "tests"} <= CATALOG.reserved


def test_only_possible_package_names_are_listed() -> None:
    assert [name for name in CATALOG.reserved if not POSSIBLE.fullmatch(name)] == []
