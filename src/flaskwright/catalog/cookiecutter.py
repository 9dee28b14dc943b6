"""The questions as cookiecutter asks them, from copier.yml and the catalog.

`python -m flaskwright.catalog.cookiecutter > cookiecutter.json` updates the file.
"""

import json
from pathlib import Path
from typing import Any

from rich.markup import escape

from . import questions, reading

DIRECTORY = "directory"  # cookiecutter's own question; Copier has an argument for it
COMPUTED = "(empty: computed from the other answers)"
LISTED = (
    "(names of folders in extensions_catalog, separated by commas; "
    "empty: the bundles of the preset; []: none)"
)
CONDITIONAL = "(used only if the selection needs it)"


def document(root: Path) -> str:
    """Return the text of cookiecutter.json for the template at `root`.

    The hook passes no answer to Copier for a computed question that is empty, and makes lists
    of multiple choices, which cookiecutter does not have. Raises `CommandError` or `CatalogError`.
    """
    catalog = reading.read(root)
    context: dict[str, Any] = {}
    prompts: dict[str, Any] = {}
    computed, lists = [], []
    for name, definition in questions.read(root).items():
        default = questions.default_of(definition)
        choices = questions.choices(name, definition, catalog)
        prompt = definition["help"]
        if definition.get("when") is not None:
            prompt += f" {CONDITIONAL}"
        if default is None:
            computed.append(name)
        if definition.get("multiselect"):
            lists.append(name)
            context[name] = default or ""
            prompts[name] = escape(f"{prompt} {LISTED}")
        elif choices:
            context[name] = sorted(choices, key=lambda choice: choice != default)
            labels = {choice: escape(label) for choice, label in choices.items()}
            prompts[name] = {"__prompt__": escape(prompt), **labels}
        else:
            context[name] = default or ""
            prompts[name] = escape(prompt if default is not None else f"{prompt} {COMPUTED}")
        if name == "project_name":
            context[DIRECTORY] = "{{ cookiecutter.project_name | slugify or 'my-service' }}"
            prompts[DIRECTORY] = "In which new directory?"
    context |= {
        "_computed": computed,
        "_lists": lists,
        "_extensions": ["hooks.copier_bridge.CopierBridge"],
        "__prompts__": prompts,
    }
    return json.dumps(context, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(document(Path(__file__).resolve().parents[3]), end="")
