"""Put what the template changed into the user's text, entry by entry.

Of the user's text only the entries that the template changed are rewritten. Where both changed
one, the user's stays.
"""

from bisect import bisect
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import replace

from . import lines
from .entries import Entry, Style, aligned, comments, render, rewritten, same
from .semantics import agree, sort_key


def splice(base: Entry, ours: Entry, theirs: Entry) -> Entry:
    """Merge an entry of which there are three versions."""
    if ours.children is None and theirs.children is not None and theirs.text.startswith(ours.text):
        # `volumes:` with nothing in it
        ours = replace(theirs, lead=ours.lead, lines=ours.lines, remark=ours.remark, children=())
    if ours.children is None or theirs.children is None:
        return _leaf(base, ours, theirs)
    base, theirs = aligned(base, ours), aligned(theirs, ours)
    children, orphans = _kept(base, ours, theirs)
    if agree(base.named(), ours.named()) and not agree(base.named(), theirs.named()):
        children = _moved(children, theirs)
    _add_new(children, base, ours, theirs)
    if ours.style is Style.COMMA:
        children = [*map(_with_comma, children[:-1]), *children[-1:]]
    text, remark = _opening(base, ours, theirs)
    result = replace(
        ours,
        lead=_trivia(base.lead, ours.lead, theirs.lead),
        text=text,
        remark=remark,
        children=tuple(children),
        close=(*orphans, *_trivia(base.close, ours.close, theirs.close)),
    )
    opening_stays = (text, remark) == (ours.text, ours.remark)
    if ours.style is Style.INLINE:
        items_stay = [each.text for each in children] == [each.text for each in ours.children]
        return result if opening_stays and items_stay else rewritten(result)
    if opening_stays:
        return result
    return replace(result, lines=(ours.indent + text + remark,))


def _leaf(base: Entry, ours: Entry, theirs: Entry) -> Entry:
    text, remark = _opening(base, ours, theirs)
    chosen = ours if text == ours.text else theirs
    last = chosen.lines[-1].removesuffix(chosen.remark) + remark
    return replace(
        chosen,
        lead=_trivia(base.lead, ours.lead, theirs.lead),
        lines=(*chosen.lines[:-1], last),
        remark=remark,
    )


def _opening(base: Entry, ours: Entry, theirs: Entry) -> tuple[str, str]:
    """Merge an entry's text, and the comment behind it."""
    text = theirs.text if ours.text == base.text else ours.text
    return text, theirs.remark if ours.remark == base.remark else ours.remark


def _kept(base: Entry, ours: Entry, theirs: Entry) -> tuple[list[Entry], list[str]]:
    """Merge the user's children; the comments that outlive one go to the next, or are returned."""
    old, new = base.named(), theirs.named()
    children: list[Entry] = []
    orphans: list[str] = []
    for child in ours.children or ():
        before = old.get(child.name)
        merged = _merged(before, child, new.get(child.name))
        if merged is not None:
            children.append(replace(merged, lead=(*orphans, *merged.lead)))
            orphans = []
        elif before is not None:
            orphans += _own_comments(before, child, ours.inner_indent)
    return children, orphans


def _moved(children: Sequence[Entry], theirs: Entry) -> list[Entry]:
    """Put the template's entries in its order, and leave the user's where they are."""
    named = {child.name: child for child in children}
    order = iter([named[name] for name in theirs.named() if name in named])
    return [next(order) if child.name in theirs.named() else child for child in children]


def _merged(base: Entry | None, ours: Entry, theirs: Entry | None) -> Entry | None:
    """Merge an entry of the user's; None where it goes."""
    if base is None:
        if theirs is None or not theirs.holds:
            return ours
        text = ours.text if theirs.text.startswith(ours.text) else theirs.text
        return splice(replace(theirs, text=text, children=(), lead=ours.lead), ours, theirs)
    if render(ours) == render(base):
        return theirs
    if theirs is not None:
        return splice(base, ours, theirs)
    if same(ours, base):
        return None
    if not ours.holds:
        return ours
    left = splice(base, ours, replace(base, children=()))
    return left if left.children else None


def _own_comments(base: Entry, ours: Entry, indent: str) -> list[str]:
    """Return the comments that the user wrote in or around an entry, on lines of their own."""
    generated = Counter(comments(base))
    own = []
    for comment in comments(ours):
        generated[comment] -= 1
        if generated[comment] < 0:
            own.append(indent + comment)
    return own


def _add_new(children: list[Entry], base: Entry, ours: Entry, theirs: Entry) -> None:
    """Add what the template brings, but for what the user has, or took out."""
    old, mine = base.named(), ours.named()
    known = {*old, *theirs.named()}
    by_key = ours.is_sorted() and theirs.is_sorted()
    brought = theirs.children or ()
    for index, child in enumerate(brought):
        if child.name in mine or not (new := _new_in(child, old.get(child.name))):
            continue
        if by_key:
            spot = bisect([sort_key(other.text) for other in children], sort_key(child.text))
        else:
            spot = _behind([other.name for other in brought[:index]], children)
            while spot < len(children) and _goes_on(children[spot], child, known):
                spot += 1
        children.insert(spot, new)


def _new_in(child: Entry, base: Entry | None) -> Entry | None:
    """Return what is new in an entry that the user does not have; he took out the rest."""
    if base is None:
        return child
    known = base.named()
    fresh = tuple(other for other in child.children or () if other.name not in known)
    return replace(child, children=fresh) if child.holds and fresh else None


def _behind(names: Sequence[str], children: Sequence[Entry]) -> int:
    """Return the place behind the last of `names` that is there."""
    places = {child.name: place for place, child in enumerate(children, 1)}
    return next((places[name] for name in reversed(names) if name in places), 0)


def _goes_on(entry: Entry, new: Entry, known: Container[str]) -> bool:
    """Tell whether an entry of the user's own goes on with what `new` begins another of."""
    if entry.name in known or entry.title:
        return False
    return new.title or (_starts_paragraph(new) and not _starts_paragraph(entry))


def _starts_paragraph(entry: Entry) -> bool:
    return bool(entry.lead) and not entry.lead[0].strip()


def _with_comma(item: Entry) -> Entry:
    last = item.lines[-1].removesuffix(item.remark)
    if last.rstrip().endswith(","):
        return item
    return replace(item, lines=(*item.lines[:-1], f"{last},{item.remark}"))


def _trivia(
    base: tuple[str, ...], ours: tuple[str, ...], theirs: tuple[str, ...]
) -> tuple[str, ...]:
    """Merge empty lines and comments."""
    if theirs == base:
        return ours
    together = lines.merge(base, ours, theirs)
    if together is None:
        own = Counter(ours) - Counter(base)
        together = [*theirs, *(line for line in ours if line.strip() and own[line])]
    return tuple(together)
