"""Reads the catalog of a template: every bundle, server and preset."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import yaml
from packaging.utils import canonicalize_name
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ..errors import CatalogError, Problem, suggestion
from .models import Manifest, Preset, Server
from .texts import FORMS
from .yaml_loaders import UniqueKeys

FOLDER = "extensions_catalog"
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Catalog:
    """The catalog of a template. Bundles are sorted by category and id, as at the prompt."""

    root: Path
    bundles: tuple[Manifest, ...]
    servers: Mapping[str, Server]
    presets: Mapping[str, Preset]
    reserved: frozenset[str]

    @cached_property
    def by_id(self) -> dict[str, Manifest]:
        """Every bundle by its id."""
        return {bundle.id: bundle for bundle in self.bundles}

    @property
    def pickable(self) -> tuple[str, ...]:
        """The ids that a selection may name."""
        return tuple(
            bundle.id
            for bundle in self.bundles
            if bundle.condition is None and bundle.status == "active"
        )

    def resolve(self, picked: Iterable[str]) -> frozenset[str]:
        """Return the ids with their direct and indirect requirements.

        Requirements that are not in the catalog are left out.
        """
        resolved: set[str] = set()
        remaining = [*picked]
        while remaining:
            name = remaining.pop()
            if name in self.by_id and name not in resolved:
                resolved.add(name)
                remaining += self.by_id[name].uses
        return frozenset(resolved)

    def implied(self, resolved: Collection[str], answers: Mapping[str, Any]) -> frozenset[str]:
        """Return the ids that are included with the `resolved` ones and these answers."""
        return frozenset(
            bundle.id
            for bundle in self.bundles
            if bundle.condition
            and (bundle.answers or {}).items() <= answers.items()
            and {*bundle.uses} <= {*resolved}
        )

    def requirements(self, name: str) -> frozenset[str]:
        """Return the direct and indirect requirements of a bundle."""
        return self.resolve([name]) - {name}

    def folder(self, name: str) -> Path:
        """Return a bundle's folder."""
        return self.root / FOLDER / name


def read(root: Path) -> Catalog:
    """Return the catalog of the template at `root`.

    Raises `CatalogError` with every invalid file. `validation` has the rules beyond single files.
    """
    reader = _Reader(root)
    folder = root / FOLDER
    bundles = [
        manifest
        for path in sorted(folder.glob("*/extension.yml"))
        if (manifest := reader.manifest(path))
    ]
    servers = {
        name: server for bundle in bundles for name, server in bundle.servers.items() if server
    }
    for name in ("services.yml", "servers.yml"):  # which define them before 0.2.0
        if (folder / name).exists():
            servers |= reader.many(Server, folder / name)
    presets = reader.many(Preset, folder / "presets.yml")
    reserved = reader.document(folder / "reserved_names.yml") or {}
    if reader.problems:
        raise CatalogError(reader.problems)
    return Catalog(
        root=root,
        bundles=tuple(sorted(bundles, key=lambda bundle: (bundle.category, bundle.id))),
        servers=servers,
        presets=presets,
        reserved=frozenset(map(str, reserved.get("names", ()))),
    )


class _Reader:
    """Reads files into models, and collects their problems."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[Problem] = []

    def manifest(self, path: Path) -> Manifest | None:
        document = self.document(path)
        if document is None:
            return None
        # Before 0.2.0, a manifest lists its files, and names its servers, then called services.
        document.pop("files", None)
        if "services" in document:
            document["servers"] = document.pop("services")
        if isinstance(document.get("servers"), list):
            document["servers"] = dict.fromkeys(document["servers"])
        return self._validate(Manifest, document | {"files": list_files(path.parent)}, path)

    def many(self, model: type[Model], path: Path) -> dict[str, Model]:
        entries = (self.document(path) or {}).items()
        models = {str(name): self._validate(model, entry, path, name) for name, entry in entries}
        return {name: value for name, value in models.items() if value}

    def document(self, path: Path) -> dict[str, Any] | None:
        try:
            document = UniqueKeys(path.read_text("utf-8")).get_single_data()
        except OSError as reason:
            remedy = f"Cannot be read: {reason.strerror}."
        except UnicodeDecodeError:
            remedy = "Write it in UTF-8."
        except yaml.YAMLError as reason:
            remedy = f"Write valid YAML: {' '.join(str(reason).split())}."
        else:
            if isinstance(document, dict):
                return document
            remedy = "Write a mapping of fields."
        self._add(path, "file", remedy)
        return None

    def _validate(self, model: type[Model], entry: Any, path: Path, *location: str) -> Model | None:
        try:
            return model.model_validate(entry)
        except ValidationError as reason:
            for error in reason.errors():
                self._add(path, _field(*location, *error["loc"]), _remedy(model, error))
        return None

    def _add(self, path: Path, field: str, remedy: str) -> None:
        self.problems.append(Problem(path.relative_to(self.root).as_posix(), field, remedy))


def package_of(requirement: str) -> str:
    """Return the normalized name of the package that a requirement names, even an invalid one."""
    return canonicalize_name(re.split(r"[^\w.-]", requirement)[0])


def problem(bundle: Manifest, field: str, remedy: str) -> Problem:
    """Return a problem of a bundle's manifest or files."""
    return Problem(f"{FOLDER}/{bundle.id}/extension.yml", field, remedy)


def list_files(folder: Path) -> tuple[str, ...]:
    """Return the paths of the files that Copier renders, as copier.yml finds them by a glob."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return tuple(
        sorted(
            path.as_posix()
            for path in paths
            if path.name != "extension.yml"
            and "__pycache__" not in path.parts
            and not any(part.startswith(".") for part in path.parts)
        )
    )


def _field(*location: int | str) -> str:
    """Return settings[0].name for ("settings", 0, "name")."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return "".join(steps).lstrip(".") or "file"


def _remedy(model: type[BaseModel], error: ErrorDetails) -> str:
    context: Mapping[str, Any] = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "Add this field."
        case "extra_forbidden":
            close = suggestion(str(error["loc"][-1]), model.model_fields)
            return f"No such field{close}: correct or remove it."
        case "string_pattern_mismatch":
            return f"Write {FORMS[context['pattern']]}."
        case "string_too_long":
            return f"Use at most {context['max_length']} characters."
        case "literal_error":
            return f"Use one of {context['expected']}."
        case "too_short":
            return "Write at least one entry, or remove the field."
        case "tuple_type":
            return "Write a list."
    return f"{error['msg']}."
