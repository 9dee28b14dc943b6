"""A change for programs: what `--json` prints.

Its schema, `docs/change.schema.json`, is made from `Report`:
`python -m flaskwright.cli.json_output > docs/change.schema.json` writes it again.
"""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ..change.file_decisions import Change, Fate
from ..change.plan import Plan


class Closed(BaseModel):
    """No other fields than these."""

    model_config = ConfigDict(extra="forbid")


class FileReport(Closed):
    """One file of the project."""

    path: str = Field(description="Relative to the service's directory.")
    change: Change
    fate: Fate = Field(
        description=(
            "written, removed: as the template has it. merged: with the user's edits. conflict: "
            "with conflict markers. kept: its bundle is gone, but the user edited it. gone: the "
            "user deleted it."
        )
    )
    notes: list[str]


class Report(Closed):
    """One change of a service, planned or made."""

    command: str
    dry_run: bool
    bundles_added: list[str]
    bundles_removed: list[str]
    answers: dict[str, Any] = Field(description="Those that change, by question.")
    version_from: str | None = Field(description="Of the template; null unless it changes.")
    version_to: str | None
    files: list[FileReport]
    tables_left_behind: list[str]
    references: list[str] = Field(description='Foreign keys to those tables, as "path:line".')
    next: list[str] = Field(description="Commands to run, and comments that begin with #.")

    @property
    def exit_code(self) -> int:
        """2 for changes that a dry run found, 3 for conflicts in the tree."""
        if self.dry_run:
            return 2 if any(file.change != "none" for file in self.files) else 0
        return 3 if any(file.fate == "conflict" for file in self.files) else 0


def report(plan: Plan, *, dry_run: bool) -> Report:
    """Return the plan as a report."""
    start, end = plan.version or (None, None)
    return Report(
        command=plan.verb,
        dry_run=dry_run,
        bundles_added=list(plan.came),
        bundles_removed=list(plan.went),
        answers=dict(plan.answers),
        version_from=start,
        version_to=end,
        files=[
            FileReport(
                path=decision.path,
                change=decision.change,
                fate=decision.fate,
                notes=list(decision.notes),
            )
            for decision in plan.decisions
        ],
        tables_left_behind=list(plan.left_behind),
        references=list(plan.references),
        next=list(plan.following),
    )


def schema() -> str:
    """Return the JSON Schema of a report, as the text of change.schema.json."""
    document: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(document | Report.model_json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    print(schema(), end="")
