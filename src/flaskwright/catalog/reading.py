"""The catalog as a value: every bundle, service and preset of one template."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ..errors import CatalogError, Problem, suggestion
from .models import Manifest, Preset, Service

FOLDER = "extensions_catalog"
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Catalog:
    """All that a template offers, in the order of the prompt: by category, then id."""

    root: Path
    bundles: tuple[Manifest, ...]
    services: Mapping[str, Service]
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
            if bundle.answers is None and bundle.status == "active"
        )

    def resolve(self, picked: Iterable[str]) -> frozenset[str]:
        """Return the ids with all that they require; `requires` is transitively closed."""
        picked = frozenset(picked)
        return picked.union(*(self.by_id[name].requires for name in picked))

    def folder(self, name: str) -> Path:
        """Return a bundle's folder."""
        return self.root / FOLDER / name


def read(root: Path) -> Catalog:
    """Read the catalog of the template at `root`.

    Raises `CatalogError` with every file that has not the form of its model; what the models
    cannot say by themselves is in `rules`.
    """
    reader = _Reader(root)
    folder = root / FOLDER
    bundles = [
        manifest
        for path in sorted(folder.glob("*/extension.yml"))
        if (manifest := reader.one(Manifest, path))
    ]
    services = reader.many(Service, folder / "services.yml")
    presets = reader.many(Preset, folder / "presets.yml")
    reserved = reader.document(folder / "reserved_names.yml") or {}
    if reader.problems:
        raise CatalogError(reader.problems)
    return Catalog(
        root=root,
        bundles=tuple(sorted(bundles, key=lambda bundle: (bundle.category, bundle.id))),
        services=services,
        presets=presets,
        reserved=frozenset(map(str, reserved.get("names", ()))),
    )


class _Reader:
    """Reads files into models and gathers what is wrong with them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[Problem] = []

    def one(self, model: type[Model], path: Path) -> Model | None:
        document = self.document(path)
        return None if document is None else self._validate(model, document, path)

    def many(self, model: type[Model], path: Path) -> dict[str, Model]:
        entries = (self.document(path) or {}).items()
        models = {str(name): self._validate(model, entry, path, name) for name, entry in entries}
        return {name: value for name, value in models.items() if value}

    def document(self, path: Path) -> dict[str, Any] | None:
        try:
            document = yaml.safe_load(path.read_text("utf-8"))
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
            return f"Write text that matches {context['pattern']}"
        case "string_too_long":
            return f"Use at most {context['max_length']} characters."
        case "literal_error":
            return f"Use one of {context['expected']}."
        case "tuple_type":
            return "Write a list."
    return f"{error['msg']}."
