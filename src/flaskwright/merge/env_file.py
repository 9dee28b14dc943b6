"""`.env` files: variables with their values, set or shown in a comment, below titles."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from .entries import Entry
from .entry_merge import splice
from .format import Format
from .semantics import Held, numbered
from .source_lines import Page

VARIABLE = re.compile(
    r"""\s*(?:
      (?:export\s+)? (?P<name>[A-Za-z_]\w*) \s*=\s*
      (?P<value>"[^"]*"|'[^']*'|.*?) (?P<remark>\s\#.*)? \s*
    | \#\s?(?P<shown>[A-Z_][A-Z0-9_]*) = (?P<default>.*)
    )""",
    re.VERBOSE,
)
TITLE = re.compile(r"\s*#\s*-{3,} (.+?) -*\s*")


@dataclass(frozen=True)
class Variable:
    """A variable, the line it is on, and its value, behind "# " where it is only shown."""

    name: str
    line: int
    value: str

    @property
    def is_shown(self) -> bool:
        """Whether it is in a comment."""
        return self.value.startswith("# ")


class Env(Format):
    """An `.env` file. Of a variable shown and set, the template's line is the first."""

    def meaning(self, text: str) -> Held:
        """Return the variables."""
        return Held((variable.name, variable.value) for variable in self._variables(text))

    def comments(self, text: str) -> Mapping[int, int]:
        """Return where comments begin; a title is one."""
        found = {}
        for number, line in enumerate(text.split("\n")):
            variable = VARIABLE.fullmatch(line)
            if variable and variable["remark"]:
                found[number] = line.index("#", variable.start("remark"))
            elif not variable and line.lstrip().startswith("#"):
                found[number] = line.index("#")
        return found

    def entries(self, text: str) -> Entry:
        """Return variables and titles."""
        lines = text.split("\n")
        titles = {
            n: f"# {title[1]}" for n, line in enumerate(lines) if (title := TITLE.fullmatch(line))
        }
        names = titles | {variable.line: variable.name for variable in self._variables(text)}
        comments = {
            line: column for line, column in self.comments(text).items() if line not in titles
        }
        page = Page(lines, comments)
        end = 0
        children = []
        for line in sorted(names):
            entry = page.leaf(names[line], line, line + 1, end)
            children.append(replace(entry, title=line in titles))
            end = line + 1
        return Entry("", "", children=tuple(children), close=page.between(end, len(lines)))

    def spliced(self, base: Entry, ours: Entry, theirs: Entry) -> Entry:
        """Bring no title for variables that the user has already."""
        own = ours.named().keys() - base.named().keys()
        idle = {title for title, names in _sections(theirs).items() if names and names <= own}
        children = tuple(child for child in theirs.children or () if child.name not in idle)
        return splice(base, ours, replace(theirs, children=children))

    def _variables(self, text: str) -> list[Variable]:
        shown = {variable.name: variable.is_shown for variable in _variables(self.base)}
        found = sorted(_variables(text), key=lambda each: each.is_shown != shown.get(each.name))
        names = numbered(variable.name for variable in found)
        return [replace(each, name=name) for each, name in zip(found, names, strict=True)]


def _variables(text: str) -> Iterator[Variable]:
    for number, line in enumerate(text.split("\n")):
        if found := VARIABLE.fullmatch(line):
            if found["shown"]:
                yield Variable(found["shown"], number, f"# {found['default']}")
            else:
                yield Variable(found["name"], number, found["value"])


def _sections(root: Entry) -> dict[str, set[str]]:
    """Return the names below each title."""
    sections: dict[str, set[str]] = {}
    names: set[str] = set()
    for child in root.children or ():
        if child.title:
            names = sections.setdefault(child.name, set())
        else:
            names.add(child.name)
    return sections
