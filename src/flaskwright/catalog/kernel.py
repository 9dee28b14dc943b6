"""What the kernel has and no bundle may redefine: paths, variables, processes, packages, hooks."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import Problem
from . import questions
from .reading import Catalog, package_of, problem

VARIABLE = re.compile(r"^# ([A-Z][A-Z0-9_]*)=", re.MULTILINE)
READ = re.compile(r'\benv\.[a-z]+\(\s*"([A-Z][A-Z0-9_]*)"')
PROCESS = re.compile(r"^  ([a-z][a-z0-9-]*):$", re.MULTILINE)
HOOKS: Mapping[str, tuple[str, ...]] = {  # the kernel's hooks of parts, with their parameters
    "ANY_HOST": (),
    "settings": ("env",),
    "checks": ("config",),
    "bootstrap": (),
    "init_app": ("app",),
    "probe": (),
    "on_starting": (),
    "post_worker_init": ("app", "draining"),
    "error_page": ("exception",),
}
TAG = re.compile(r"\{%.*?%\}")


@dataclass(frozen=True)
class Kernel:
    """The kernel of a template.

    `paths` have `src/package/` for the service's package, as those of bundles. `bounds` has the
    requirement of each package by its normalized name.
    """

    paths: frozenset[str]
    variables: frozenset[str]
    processes: frozenset[str]
    bounds: Mapping[str, str]


def read(root: Path) -> Kernel:
    """Return the kernel of the template at `root`."""
    hidden, folder = questions.read_all(root), root / "template"
    compose = _text(folder / "compose.yaml.jinja").partition("\nservices:\n")[2]
    requirements = (
        requirement
        for kind in ("dependencies", "server_dependencies", "dev_dependencies")
        for requirement in hidden.get(f"kernel_{kind}", {}).get("default", ())
    )
    read_by_code = (
        name for path in folder.rglob("*.py.jinja") for name in READ.findall(_text(path))
    )
    return Kernel(
        paths=frozenset(_paths(folder)),
        variables=frozenset(
            [*VARIABLE.findall(_text(folder / ".env.example.jinja")), *read_by_code]
        ),
        processes=frozenset(PROCESS.findall(compose)),
        bounds={package_of(requirement): requirement for requirement in requirements},
    )


def find_problems(catalog: Catalog) -> Iterator[Problem]:
    """Return what bundles redefine of the kernel."""
    kernel = read(catalog.root)
    for bundle in catalog.bundles:
        if f"src/package/{bundle.id}.py" in kernel.paths:
            yield problem(bundle, "id", "Choose another: the kernel has a module of that name.")
        if f"docs/{bundle.id}.md" in kernel.paths:
            yield problem(bundle, "id", "Choose another: the kernel has a page of that name.")
        for path in sorted(kernel.paths.intersection(bundle.files)):
            yield problem(bundle, "files", f"Rename {path}: the kernel has that file.")
        for setting in bundle.settings:
            if setting.name in kernel.variables:
                yield problem(bundle, "settings", f"Rename {setting.name}: the kernel reads it.")
        for name in sorted(kernel.processes.intersection(bundle.servers)):
            yield problem(bundle, "servers", f"Rename {name}: compose.yaml has that service.")
        for process in bundle.processes:
            if process.name in kernel.processes or process.name in catalog.servers:
                yield problem(
                    bundle, "processes", f"Rename {process.name}: compose.yaml has that service."
                )
        for hook in sorted(HOOKS.keys() & bundle.collects):
            yield problem(bundle, "collects", f"Rename {hook}: the kernel has a hook of that name.")
        for field in ("dependencies", "dev_dependencies"):
            for text in getattr(bundle, field):
                bound = kernel.bounds.get(package_of(text), text)
                if bound != text:
                    yield problem(
                        bundle, field, f"Write {bound!r} for {text!r}, as the kernel does."
                    )


def _paths(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*.jinja"):
        name = TAG.sub("", path.relative_to(folder).as_posix())
        yield name.replace("{{ package_name }}", "package").removesuffix(".jinja")


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""
