"""Text proposes, structure verifies: the first text that says what it is to say is taken."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from . import lines, text
from .format import Format
from .meaning import Held, in_order, merged, stays_sorted
from .text import Outcome


@dataclass(frozen=True)
class Aim:
    """What a merged text has to say, and the comments it has to have."""

    kind: Format
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
        if says != self.meaning or not in_order(self.ours, self.theirs, says):
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
    aim = Aim(kind, mine, new, meaning, brought + own - before, own - before)
    proposals = []
    for proposal in _proposals(kind, base, ours, theirs, by_git):
        if aim.is_met(proposal, exactly=True):
            return Outcome(proposal, notes=notes)
        proposals.append(proposal)
    close = (proposal for proposal in proposals if aim.is_met(proposal, exactly=False))
    found = next(close, None)
    return None if found is None else Outcome(found, notes=notes)


def _proposals(kind: Format, base: str, ours: str, theirs: str, by_git: Outcome) -> Iterator[str]:
    if not by_git.conflict:
        yield by_git.content
    spliced = kind.proposal(base, ours, theirs)
    if spliced is not None:
        yield spliced
    by_lines = lines.merge(*(version.split("\n") for version in (base, ours, theirs)))
    if by_lines is not None:
        yield "\n".join(by_lines)
