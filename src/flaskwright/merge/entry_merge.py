"""Merge trees of entries: apply the template's changes to the user's text, entry by entry.

Only entries that the template changed are rewritten. If both sides changed an entry, the
user's is kept.
"""

from bisect import bisect
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import replace

from .entries import (
    Entry,
    Style,
    all_comments,
    render,
    restyle,
    rewrite_inline_list,
    same_content,
)
from .line_merge import merge_lines
from .semantics import same_order, sort_key


def merge_entries(base: Entry, ours: Entry, theirs: Entry) -> Entry:
    """Merge three versions of an entry."""
    if ours.children is None and theirs.children is not None and theirs.text.startswith(ours.text):
        # an empty container, such as `volumes:`
        ours = replace(
            theirs,
            leading_lines=ours.leading_lines,
            lines=ours.lines,
            trailing_comment=ours.trailing_comment,
            children=(),
        )
    if ours.children is None or theirs.children is None:
        return _merge_leaf(base, ours, theirs)
    base, theirs = restyle(base, ours), restyle(theirs, ours)
    children, orphaned_comments = _merge_children(base, ours, theirs)
    old, mine, new = (side.children_by_name() for side in (base, ours, theirs))
    if same_order(old, mine) and not same_order(old, new):
        children = _reorder(children, theirs)
    _insert_new(children, base, ours, theirs)
    if ours.style is Style.COMMA:
        children = [*map(_with_comma, children[:-1]), *children[-1:]]
    text, trailing_comment = _merge_text(base, ours, theirs)
    closing_lines = _merge_comments(base.closing_lines, ours.closing_lines, theirs.closing_lines)
    result = replace(
        ours,
        leading_lines=_merge_comments(base.leading_lines, ours.leading_lines, theirs.leading_lines),
        text=text,
        trailing_comment=trailing_comment,
        children=tuple(children),
        closing_lines=(*orphaned_comments, *closing_lines),
    )
    same_text = (text, trailing_comment) == (ours.text, ours.trailing_comment)
    if ours.style is Style.INLINE:
        same_items = [child.text for child in children] == [child.text for child in ours.children]
        return result if same_text and same_items else rewrite_inline_list(result)
    if same_text:
        return result
    return replace(result, lines=(ours.indent + text + trailing_comment,))


def _merge_leaf(base: Entry, ours: Entry, theirs: Entry) -> Entry:
    text, trailing_comment = _merge_text(base, ours, theirs)
    chosen = ours if text == ours.text else theirs
    last = chosen.lines[-1].removesuffix(chosen.trailing_comment) + trailing_comment
    return replace(
        chosen,
        leading_lines=_merge_comments(base.leading_lines, ours.leading_lines, theirs.leading_lines),
        lines=(*chosen.lines[:-1], last),
        trailing_comment=trailing_comment,
    )


def _merge_text(base: Entry, ours: Entry, theirs: Entry) -> tuple[str, str]:
    """Return the merged text and the merged trailing comment."""
    text = theirs.text if ours.text == base.text else ours.text
    unchanged_comment = ours.trailing_comment == base.trailing_comment
    return text, theirs.trailing_comment if unchanged_comment else ours.trailing_comment


def _merge_children(base: Entry, ours: Entry, theirs: Entry) -> tuple[list[Entry], list[str]]:
    """Merge the user's children with the template's versions of them.

    The user's comments at a removed child move to the next child. Return the children, and
    the comments that have no next child.
    """
    old, new = base.children_by_name(), theirs.children_by_name()
    children: list[Entry] = []
    orphaned_comments: list[str] = []
    for child in ours.children or ():
        before = old.get(child.name)
        merged = _merge_child(before, child, new.get(child.name))
        if merged is not None:
            leading_lines = (*orphaned_comments, *merged.leading_lines)
            children.append(replace(merged, leading_lines=leading_lines))
            orphaned_comments = []
        elif before is not None:
            orphaned_comments += _added_comments(before, child, ours.children_indent)
    return children, orphaned_comments


def _merge_child(base: Entry | None, ours: Entry, theirs: Entry | None) -> Entry | None:
    """Merge a child that the user has; return None if it is removed."""
    if base is None:
        if theirs is None or not theirs.is_group:
            return ours
        text = ours.text if theirs.text.startswith(ours.text) else theirs.text
        empty = replace(theirs, text=text, children=(), leading_lines=ours.leading_lines)
        return merge_entries(empty, ours, theirs)
    if render(ours) == render(base):
        return theirs
    if theirs is not None:
        return merge_entries(base, ours, theirs)
    if same_content(ours, base):
        return None
    if not ours.is_group:
        return ours
    users_own = merge_entries(base, ours, replace(base, children=()))
    return users_own if users_own.children else None


def _reorder(children: Sequence[Entry], theirs: Entry) -> list[Entry]:
    """Sort the template's children into its order; the user's own keep their positions."""
    by_name = {child.name: child for child in children}
    template_names = theirs.children_by_name()
    in_order = iter([by_name[name] for name in template_names if name in by_name])
    return [next(in_order) if child.name in template_names else child for child in children]


def _added_comments(base: Entry, ours: Entry, indent: str) -> list[str]:
    """Return the comments that the user added in or around an entry, each as a line."""
    generated = Counter(all_comments(base))
    added = []
    for comment in all_comments(ours):
        generated[comment] -= 1
        if generated[comment] < 0:
            added.append(indent + comment)
    return added


def _insert_new(children: list[Entry], base: Entry, ours: Entry, theirs: Entry) -> None:
    """Insert the template's new children, except those that the user has or removed."""
    old, mine = base.children_by_name(), ours.children_by_name()
    template_names = {*old, *theirs.children_by_name()}
    sort = ours.is_sorted() and theirs.is_sorted()
    candidates = theirs.children or ()
    for index, child in enumerate(candidates):
        if child.name in mine or not (new := _new_part(child, old.get(child.name))):
            continue
        if sort:
            keys = [sort_key(other.text) for other in children]
            position = bisect(keys, sort_key(child.text))
        else:
            position = _position_after([other.name for other in candidates[:index]], children)
            while position < len(children) and _belongs_before(
                children[position], child, template_names
            ):
                position += 1
        children.insert(position, new)


def _new_part(child: Entry, base: Entry | None) -> Entry | None:
    """Return what the template added to a child that the user does not have.

    That is the child itself if it is not in `base`. If it is, the user removed it, and only a
    group's new children are returned, or None.
    """
    if base is None:
        return child
    old = base.children_by_name()
    new = tuple(other for other in child.children or () if other.name not in old)
    return replace(child, children=new) if child.is_group and new else None


def _position_after(names: Sequence[str], children: Sequence[Entry]) -> int:
    """Return the position after the last of `names` that is among the children."""
    positions = {child.name: position for position, child in enumerate(children, 1)}
    return next((positions[name] for name in reversed(names) if name in positions), 0)


def _belongs_before(child: Entry, new: Entry, template_names: Container[str]) -> bool:
    """Return whether the user's own child continues the section or paragraph before `new`."""
    if child.name in template_names or child.is_title:
        return False
    return new.is_title or (_starts_paragraph(new) and not _starts_paragraph(child))


def _starts_paragraph(entry: Entry) -> bool:
    return bool(entry.leading_lines) and not entry.leading_lines[0].strip()


def _with_comma(item: Entry) -> Entry:
    last = item.lines[-1].removesuffix(item.trailing_comment)
    if last.rstrip().endswith(","):
        return item
    return replace(item, lines=(*item.lines[:-1], f"{last},{item.trailing_comment}"))


def _merge_comments(
    base: tuple[str, ...], ours: tuple[str, ...], theirs: tuple[str, ...]
) -> tuple[str, ...]:
    """Merge blank lines and comments.

    If they cannot be merged line by line, the template's come before the user's own.
    """
    if theirs == base:
        return ours
    merged = merge_lines(base, ours, theirs)
    if merged is None:
        added = Counter(ours) - Counter(base)
        merged = [*theirs, *(line for line in ours if line.strip() and added[line])]
    return tuple(merged)
