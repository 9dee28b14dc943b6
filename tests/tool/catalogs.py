"""Writes templates with the real kernel and a small catalog, for the tool's tests."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.template import ROOT

BUNDLES: dict[str, dict[str, Any]] = {
    "store": {"category": "data", "dependencies": ["store-client>=1,<2"]},
    "page": {"category": "http", "after": {"store": "it reads the store"}},
    "desk": {
        "category": "data",
        "requires": ["store"],
        "conflicts": {"page": "both use port 80."},
    },
    "tasks": {"category": "tasks", "requires": ["store"]},
    "redis_broker": {
        "category": "tasks",
        "requires": ["tasks"],
        "answers": {"broker": "redis"},
    },
    "rabbitmq_broker": {
        "category": "tasks",
        "requires": ["tasks"],
        "answers": {"broker": "rabbitmq"},
    },
    "paper": {"category": "http", "status": "retired", "replaced_by": "page"},
}
PRESETS = {
    "minimal": {"title": "Minimal", "summary": "the kernel alone", "extensions": []},
    "api": {"title": "API", "summary": "a store and tasks", "extensions": ["store", "tasks"]},
}
SERVER = {
    "image": f"paper:1@sha256:{64 * '0'}",
    "healthcheck": "paper ping",
    "port": 5000,
    "test_url": {"TEST_PAPER_URL": "paper://127.0.0.1:5000"},
}
EMPTY: dict[str, Any] = {
    "status": "active",
    "links": {},
    "requires": [],
    "after": {},
    "conflicts": {},
    "dependencies": [],
    "dev_dependencies": [],
    "unimported": [],
    "untyped": [],
    "settings": [],
    "servers": {},
    "processes": [],
    "holds_data": [],
}


def manifest(name: str, **fields: Any) -> dict[str, Any]:
    """Return a valid manifest for a bundle of one module, with `fields` replaced."""
    title = f"The {name} bundle"
    return EMPTY | {"id": name, "title": title, "summary": title} | fields


def write_bundle(template: Path, name: str, **fields: Any) -> Path:
    """Write a bundle of one module, and return its folder."""
    folder = template / "extensions_catalog" / name
    (folder / "src" / "package").mkdir(parents=True, exist_ok=True)
    (folder / "GUIDE.md").write_text(f"# {name}\n\nUse `{{{{ package_name }}}}.{name}`.\n")
    (folder / "src" / "package" / f"{name}.py").write_text(f'"""The {name} part."""\n')
    document = yaml.safe_dump(manifest(name, **fields))
    (folder / "extension.yml").write_text(document)
    return folder


def write_small_template(destination: Path) -> Path:
    """Write a template with the real kernel and questions, and the small catalog; return it."""
    shutil.copytree(ROOT / "template", destination / "template")
    shutil.copytree(ROOT / "licenses", destination / "licenses")
    shutil.copy2(ROOT / "copier.yml", destination)
    catalog = destination / "extensions_catalog"
    catalog.mkdir()
    shutil.copy2(ROOT / "extensions_catalog" / "reserved_names.yml", catalog)
    (catalog / "presets.yml").write_text(yaml.safe_dump(PRESETS, sort_keys=False))
    for name, fields in BUNDLES.items():
        write_bundle(destination, name, **fields)
    return destination
