"""`flaskwright undo`: the last change backwards, also where edits followed."""

from ..problems import RefusalError, listed
from .journal import Done
from .merge import Line, decide
from .plan import Plan, in_order
from .project import Project
from .tree import one


def plan(project: Project, done: Done | None) -> Plan:
    """Return the change that takes back what was done last, three-way with what came since.

    Raises `RefusalError` where there is nothing to undo, or something is in the way.
    """
    if done is None:
        raise RefusalError("There is nothing to undo: nothing was changed by flaskwright here.")
    decisions = in_order(
        decide(
            Line(change.path, change.path, (change.after, change.before)),
            change.path,
            one(project.root, change.path),
        )
        for change in done.changes
    )
    if blocked := [decision.path for decision in decisions if decision.fate == "blocked"]:
        raise RefusalError(
            f"{listed(blocked)} {'is' if len(blocked) == 1 else 'are'} there again: "
            "move yours away and try again."
        )
    made = done.record["report"]
    return Plan(
        verb="undo",
        decisions=decisions,
        came=tuple(made["bundles_removed"]),
        went=tuple(made["bundles_added"]),
        following=("make test",),
    )
