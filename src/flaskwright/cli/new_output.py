"""Prints a new service: what was added, how to repeat the command, and the next steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from shlex import join
from typing import Any

from rich.console import Console
from rich.text import Text

from ..errors import one_line


@dataclass(frozen=True)
class CreatedService:
    """A new service.

    `dependencies` has the reason for each bundle that was not picked. `command` makes the same
    service again without questions.
    """

    destination: str
    recorded: Mapping[str, Any]
    dependencies: Mapping[str, str]
    changed_since: str | None  # the template's commit, if the template has uncommitted changes
    in_git: bool
    command: str


def print_created(service: CreatedService) -> None:
    """Print the service's location, its dependencies and the next commands."""
    console = Console(highlight=False, soft_wrap=True)
    name = one_line(str(service.recorded["project_name"]))
    console.print(Text.assemble((name, "bold"), f" is ready in {one_line(service.destination)}."))
    for bundle, reason in service.dependencies.items():
        console.print(Text.assemble("Also added: ", (bundle, "cyan"), f" ({reason})."))
    if service.changed_since:
        console.print(
            "The template has uncommitted changes. "
            f"Updates will start from its commit {service.changed_since}."
        )
    console.print("\nTo make the same service again without questions:\n")
    console.print(Text(f"    {one_line(service.command)}"))
    console.print("\nNext:\n")
    console.print(Text(f"    {one_line(join(['cd', service.destination]))}"))
    if not service.in_git:
        console.print("    git init && git add --all && git commit --message 'Add the service'")
    console.print("    make test     # run its tests")
    console.print("    make serve    # http://127.0.0.1:5000")
