"""The JSON that `--json` prints for a change and for the status of a service.

Their schemas are in docs/. To update them:
`python -m flaskwright.cli.json_output change > docs/change.schema.json`
`python -m flaskwright.cli.json_output status > docs/status.schema.json`
"""

import json
import sys
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ..change.file_decisions import Operation, Resolution
from ..change.plan import Plan
from ..change.status import FileState, Status


class Closed(BaseModel):
    """A model without additional fields."""

    model_config = ConfigDict(extra="forbid")


class FileReport(Closed):
    """What a change does with one file of the service."""

    path: str = Field(description="Relative to the service's directory.")
    operation: Operation
    resolution: Resolution = Field(
        description=(
            "written, removed: as in the template. merged: with the user's edits. conflict: "
            "with conflict markers. kept: no longer in the template, but the user edited it. "
            "not_restored: the user deleted it."
        )
    )
    notes: list[str]


class ChangeReport(Closed):
    """A planned or applied change of a service."""

    command: str
    dry_run: bool
    bundles_added: list[str]
    bundles_removed: list[str]
    answers: dict[str, Any] = Field(description="The answers that change, by question.")
    version_from: str | None = Field(description="The template's version; null if unchanged.")
    version_to: str | None
    files: list[FileReport]
    tables_left_behind: list[str]
    references: list[str] = Field(description='Foreign keys to those tables, as "path:line".')
    broken_imports: list[str] = Field(
        description='Imports in the service that must be changed, as "path:line: what is imported".'
    )
    next_steps: list[str] = Field(description="Commands to run, and comments that begin with #.")

    @property
    def exit_code(self) -> int:
        """2 for changes that a dry run found, 3 for conflicts, else 0."""
        if self.dry_run:
            return 2 if any(file.operation != "none" for file in self.files) else 0
        return 3 if any(file.resolution == "conflict" for file in self.files) else 0


class EditedFileReport(Closed):
    """A generated file that the user edited, deleted or renamed."""

    path: str = Field(description="Its path in the template.")
    bundle: str | None = Field(description="The bundle it belongs to; null for the kernel.")
    state: FileState
    renamed_to: str | None


class StatusReport(Closed):
    """A service, compared with a fresh rendering of its template."""

    picked: list[str]
    dependencies: list[str] = Field(description="Bundles that were not picked.")
    version: str | None = Field(description="The template's version; null if it has none.")
    newer_version: str | None
    files: list[EditedFileReport]


def report(plan: Plan, *, dry_run: bool) -> ChangeReport:
    """Return the report of a plan."""
    version_from, version_to = plan.version or (None, None)
    return ChangeReport(
        command=plan.verb,
        dry_run=dry_run,
        bundles_added=list(plan.added),
        bundles_removed=list(plan.removed),
        answers=dict(plan.answers),
        version_from=version_from,
        version_to=version_to,
        files=[
            FileReport(
                path=decision.path,
                operation=decision.operation,
                resolution=decision.resolution,
                notes=list(decision.notes),
            )
            for decision in plan.decisions
        ],
        tables_left_behind=list(plan.left_behind),
        references=list(plan.references),
        broken_imports=list(plan.broken_imports),
        next_steps=list(plan.next_steps),
    )


def status_document(status: Status) -> str:
    """Return the status of a service as JSON."""
    return StatusReport.model_validate(asdict(status)).model_dump_json(indent=2)


def schema(model: type[BaseModel]) -> str:
    """Return the JSON Schema of a report, as the text of its file in docs/."""
    document: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(document | model.model_json_schema(), indent=2) + "\n"


SCHEMAS: dict[str, type[BaseModel]] = {"change": ChangeReport, "status": StatusReport}

if __name__ == "__main__":
    print(schema(SCHEMAS[sys.argv[1]]), end="")
