"""Merge `.env` files such as `.env.example` by variable.

A variable is either set (`NAME=value`) or commented out (`# NAME=value`). Titles such as
`# --- cache ---` begin sections.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from .entries import Entry
from .entry_merge import merge_entries
from .file_format import FileFormat
from .semantics import Group, unique_names
from .source_lines import SourceLines

VARIABLE = re.compile(
    r"""\s*(?:
      (?:export\s+)? (?P<name>[A-Za-z_]\w*) \s*=\s*
      (?P<value>"[^"]*"|'[^']*'|.*?) (?P<comment>\s\#.*)? \s*
    | \#\s?(?P<commented_name>[A-Z_][A-Z0-9_]*) = (?P<commented_value>.*)
    )""",
    re.VERBOSE,
)
TITLE = re.compile(r"\s*#\s*-{3,} (.+?) -*\s*")


@dataclass(frozen=True)
class Variable:
    """A variable, its line, and its value; the value is `# NAME=value` if it is commented out."""

    name: str
    line: int
    value: str

    @property
    def is_commented_out(self) -> bool:
        """Whether the variable is in a comment."""
        return self.value.startswith("# ")


class EnvFile(FileFormat):
    """The format of `.env` files.

    If a variable is both set and commented out, the line that is like the template's is its
    first occurrence.
    """

    def parse(self, text: str) -> Group:
        """Return the variables with their values; every text is valid."""
        return Group((variable.name, variable.value) for variable in self._variables(text))

    def comment_columns(self, text: str) -> Mapping[int, int]:
        """Return the columns of comments, including titles, without commented-out variables."""
        columns = {}
        for number, line in enumerate(text.split("\n")):
            variable = VARIABLE.fullmatch(line)
            if variable and variable["comment"]:
                columns[number] = line.index("#", variable.start("comment"))
            elif not variable and line.lstrip().startswith("#"):
                columns[number] = line.index("#")
        return columns

    def entry_tree(self, text: str) -> Entry:
        """Return the variables and titles as children of one entry."""
        lines = tuple(text.split("\n"))
        titles = {
            number: f"# {title[1]}"
            for number, line in enumerate(lines)
            if (title := TITLE.fullmatch(line))
        }
        names = titles | {variable.line: variable.name for variable in self._variables(text)}
        columns = self.comment_columns(text)
        source = SourceLines(
            lines, {line: column for line, column in columns.items() if line not in titles}
        )
        end = 0
        children = []
        for line in sorted(names):
            entry = source.leaf(names[line], line, line + 1, end)
            children.append(replace(entry, is_title=line in titles))
            end = line + 1
        return Entry("", "", children=tuple(children), closing_lines=lines[end:])

    def merge_trees(self, base: Entry, ours: Entry, theirs: Entry) -> Entry:
        """Merge three trees, without new titles whose variables the user already has."""
        own = ours.children_by_name().keys() - base.children_by_name().keys()
        redundant = {title for title, names in _sections(theirs).items() if names and names <= own}
        children = tuple(child for child in theirs.children or () if child.name not in redundant)
        return merge_entries(base, ours, replace(theirs, children=children))

    def _variables(self, text: str) -> list[Variable]:
        in_template = {
            variable.name: variable.is_commented_out for variable in _variables(self.base)
        }
        variables = sorted(
            _variables(text),
            key=lambda variable: variable.is_commented_out != in_template.get(variable.name),
        )
        names = unique_names(variable.name for variable in variables)
        return [
            replace(variable, name=name) for variable, name in zip(variables, names, strict=True)
        ]


def _variables(text: str) -> Iterator[Variable]:
    for number, line in enumerate(text.split("\n")):
        if match := VARIABLE.fullmatch(line):
            if name := match["commented_name"]:
                yield Variable(name, number, f"# {name}={match['commented_value']}")
            else:
                yield Variable(match["name"], number, match["value"])


def _sections(root: Entry) -> dict[str, set[str]]:
    """Return the names of the variables below each title."""
    sections: dict[str, set[str]] = {}
    names: set[str] = set()
    for child in root.children or ():
        if child.is_title:
            names = sections.setdefault(child.name, set())
        else:
            names.add(child.name)
    return sections
