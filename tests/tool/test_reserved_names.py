"""A package may not be called like something that Python, its libraries or its folders are."""

import keyword
import re
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions

from packaging.utils import canonicalize_name

from flaskwright.catalog.reading import read
from tests.template import ROOT

CATALOG = read(ROOT)
POSSIBLE = re.compile(r"[a-z][a-z0-9_]*")  # what copier.yml takes for a package
LOCKED = re.compile(r"^([a-z0-9-]+)(?:\[.+\])?==", re.MULTILINE)


def distributions() -> set[str]:
    """Return all that a service may install, on any platform and whatever is picked."""
    return set(LOCKED.findall((ROOT / "requirements" / "services.txt").read_text("utf-8")))


def missing(names: Iterable[str]) -> list[str]:
    return sorted(name for name in {*names} - CATALOG.reserved if POSSIBLE.fullmatch(name))


def test_python_s_own_names_are_reserved() -> None:
    assert missing([*keyword.kwlist, *keyword.softkwlist, *sys.stdlib_module_names]) == []


def test_what_services_install_is_reserved() -> None:
    assert missing(name.replace("-", "_") for name in distributions()) == []


def test_what_they_import_is_reserved_as_far_as_it_is_installed() -> None:
    modules = [
        module
        for module, owners in packages_distributions().items()
        if distributions().intersection(map(canonicalize_name, owners))
        and not module.endswith("__mypyc")  # named by a hash of each release
    ]
    assert missing(modules) == []


def test_the_folders_of_a_service_are_reserved() -> None:
    assert {"docs", "instance", "migrations", "package", "src", "tests"} <= CATALOG.reserved


def test_only_names_that_could_be_given_are_listed() -> None:
    assert [name for name in CATALOG.reserved if not POSSIBLE.fullmatch(name)] == []
