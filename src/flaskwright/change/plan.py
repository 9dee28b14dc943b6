"""A change as a value: what happens to each file, and what a person is to know and do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..apply.journal import Change
from .file_decisions import Decision


@dataclass(frozen=True)
class Plan:
    """Everything about one change, before it is made.

    `came` and `went` are bundles; `named` are those of them that the person named. `answers`
    are those that change, `version` is where an update starts and where it leads.
    """

    verb: str
    decisions: tuple[Decision, ...]
    named: tuple[str, ...] = ()
    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()
    version: tuple[str, str] | None = None
    left_behind: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    following: tuple[str, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def changes(self) -> list[Change]:
        """What is to be written."""
        return [
            Change(decision.path, decision.before, decision.after)
            for decision in self.decisions
            if decision.change != "none"
        ]

    def having(self, *fates: str) -> list[str]:
        """Return the paths that met one of these fates."""
        return [decision.path for decision in self.decisions if decision.fate in fates]


def in_order(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the decisions that are told or written, by path."""
    telling = [
        decision
        for decision in decisions
        if decision.fate != "unchanged" or decision.change != "none"
    ]
    return tuple(sorted(telling, key=lambda decision: decision.path))
