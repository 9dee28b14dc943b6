"""Text proposes, structure verifies: the first text that says what it is to say is taken."""

from collections import Counter
from dataclasses import dataclass, replace

from . import text_merge as text
from .format import Format
from .semantics import Held, in_order, merged, stays_sorted
from .text_merge import Outcome


@dataclass(frozen=True)
class Aim:
    """What a merged text has to say, and the comments it has to have."""

    kind: Format
    base: Held
    ours: Held
    theirs: Held
    meaning: Held
    comments: Counter[str]
    own_comments: Counter[str]

    def is_met(self, candidate: str, *, exactly: bool) -> bool:
        """Tell whether a text says it, with the user's comments.

        Exactly: with all others that are to be there, and sorted.
        """
        try:
            says = self.kind.meaning(candidate)
        except ValueError:
            return False
        if says != self.meaning or not in_order(self.base, self.ours, self.theirs, says):
            return False
        comments = self.kind.remarks(candidate)
        if not exactly:
            return self.own_comments <= comments
        return comments == self.comments and stays_sorted(self.ours, self.theirs, says)


def merge(kind: Format, base: str, ours: str, theirs: str) -> Outcome:
    """Merge three versions of a file by what they say.

    One that cannot be read is merged as text, never repaired.
    """
    by_git = text.by_git(base, ours, theirs)
    try:
        fitting = _fitting(kind, base, ours, theirs, by_git)
        adapted = None if fitting else kind.adapted(base, ours, theirs)
    except ValueError as reason:
        note = f"it cannot be read, so it is merged as any text: {reason}"
        return replace(by_git, notes=(note,))
    if adapted:
        old, mine, note = adapted
        fitting = _fitting(kind, old, mine, theirs, text.by_git(old, mine, theirs))
        fitting = fitting and replace(fitting, notes=(*fitting.notes, note))
    if fitting or by_git.conflict:
        return fitting or by_git
    note = "your changes and the template's do not go together"
    return text.marked(base, ours, theirs, note)


def _fitting(kind: Format, base: str, ours: str, theirs: str, by_git: Outcome) -> Outcome | None:
    """Return the first proposal that says what it is to say."""
    versions = (base, ours, theirs)
    old, mine, new = map(kind.meaning, versions)
    before, own, brought = map(kind.remarks, versions)
    meaning, notes = merged(old, mine, new)
    aim = Aim(kind, old, mine, new, meaning, brought + own - before, own - before)
    clean = None if by_git.conflict else by_git.content
    if clean is not None and aim.is_met(clean, exactly=True):
        return Outcome(clean, notes=notes)
    spliced = kind.proposal(base, ours, theirs)
    if spliced is not None and aim.is_met(spliced, exactly=True):
        return Outcome(spliced, notes=notes)
    for proposal in (spliced, clean, text.lined(base, ours, theirs)):
        if proposal is not None and aim.is_met(proposal, exactly=False):
            return Outcome(proposal, notes=notes)
    return None
