"""A change as a value: what happens to each file, and what the user needs to know and to do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..files import FileChange
from .file_decisions import FileDecision, Resolution


@dataclass(frozen=True)
class Plan:
    """Everything about one change, before it is written.

    `added` and `removed` are bundles, `named` those of them that the user named. `version` is
    the template's version before and after an update. `references` are foreign keys to the
    tables left behind, as "path:line". `broken_imports` are those of the service, with "path:line".
    """

    verb: str
    decisions: tuple[FileDecision, ...]
    named: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    version: tuple[str, str] | None = None
    left_behind: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    broken_imports: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def changes(self) -> list[FileChange]:
        """The files to write."""
        return [
            FileChange(decision.path, decision.before, decision.after)
            for decision in self.decisions
            if decision.operation != "none"
        ]

    def paths(self, resolution: Resolution) -> list[str]:
        """Return the paths with this resolution."""
        return [decision.path for decision in self.decisions if decision.resolution == resolution]


def in_order(decisions: Iterable[FileDecision]) -> tuple[FileDecision, ...]:
    """Return the decisions that are shown or written, by path."""
    relevant = [
        decision
        for decision in decisions
        if decision.resolution != "unchanged" or decision.operation != "none"
    ]
    return tuple(sorted(relevant, key=lambda decision: decision.path))
