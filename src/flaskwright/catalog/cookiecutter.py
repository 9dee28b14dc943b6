"""The questions as cookiecutter asks them, from copier.yml and the catalog.

`python -m flaskwright.catalog.cookiecutter > cookiecutter.json` writes them again.
"""

import json
from pathlib import Path
from typing import Any

from rich.markup import escape

from . import questions
from . import reading as catalogs

DIRECTORY = "directory"  # cookiecutter's own question: where Copier has an argument
COMPUTED = "(nothing: it follows from the other answers)"
LISTED = "(ids, with commas between; nothing: the preset's; []: none)"
CONDITIONAL = "(it counts where the selection needs it)"


def document(root: Path) -> str:
    """Return cookiecutter.json for the template at `root`.

    The hook leaves what is computed to Copier where nothing is answered, and makes lists of what
    has several choices, which cookiecutter does not know. Raises `CommandError` or `CatalogError`.
    """
    catalog = catalogs.read(root)
    context: dict[str, Any] = {}
    prompts: dict[str, Any] = {}
    computed, lists = [], []
    for name, details in questions.details_of(root).items():
        default = questions.literal(details.get("default"))
        choices = questions.choices(name, details, catalog)
        prompt = details["help"]
        if details.get("when") is not None:
            prompt += f" {CONDITIONAL}"
        if default is None:
            computed.append(name)
        if details.get("multiselect"):
            lists.append(name)
            context[name] = default or ""
            prompts[name] = escape(f"{prompt} {LISTED} {', '.join(choices)}")
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
        "_extensions": ["hooks.handover.Handover"],
        "__prompts__": prompts,
    }
    return json.dumps(context, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(document(Path(__file__).resolve().parents[3]), end="")
