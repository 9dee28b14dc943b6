"""A service that was made, and what a person is told about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from shlex import join
from typing import Any

from rich.console import Console
from rich.text import Text

from ..errors import one_line


@dataclass(frozen=True)
class Outcome:
    """Where the service is, what was recorded, and why each bundle came along unasked."""

    destination: str
    recorded: Mapping[str, Any]
    came_along: Mapping[str, str]
    unsaved: bool
    command: str


def tell(outcome: Outcome) -> None:
    """Tell where it is, what came along, how to make it again, and what comes next."""
    console = Console(highlight=False, soft_wrap=True)
    name = one_line(str(outcome.recorded["project_name"]))
    console.print(Text.assemble((name, "bold"), f" is ready in {one_line(outcome.destination)}."))
    for bundle, reason in outcome.came_along.items():
        console.print(Text.assemble("Came along: ", (bundle, "cyan"), f" ({reason})."))
    if outcome.unsaved:
        console.print(
            "The template has changes that are in no commit: "
            f"updates will start from {outcome.recorded['_commit']}."
        )
    console.print("\nThe same again, without questions:\n")
    console.print(Text(f"    {one_line(outcome.command)}"))
    console.print("\nNext:\n")
    console.print(Text(f"    {one_line(join(['cd', outcome.destination]))}"))
    console.print("    make test     # its own tests")
    console.print("    make serve    # http://127.0.0.1:5000")
