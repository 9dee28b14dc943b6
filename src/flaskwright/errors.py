"""What is wrong, as values: collected, and told together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

NAMED = 5  # of many


class CommandError(Exception):
    """The command cannot be done; the message is one line that says what to do next."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


def one_line(message: str) -> str:
    """Return the message on one line, with nothing in it that a terminal would obey."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in " ".join(message.split())
    )


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in a file of the catalog, with its remedy."""

    file: str
    field: str
    remedy: str

    def __str__(self) -> str:
        return one_line(f"{self.file}: {self.field}: {self.remedy}")


class CatalogError(Exception):
    """The catalog cannot be used; `problems` says why, one line each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return " (did you mean x?)" where something known is close to `name`, else nothing."""
    matches = get_close_matches(name, list(known), n=1)
    return f" (did you mean {matches[0]}?)" if matches else ""


def some(names: Sequence[str]) -> str:
    """Return at most `NAMED` names as `listed` does, and how many more there are."""
    rest = len(names) - NAMED
    return listed([*names[:NAMED], f"{rest} more"] if rest > 0 else names)


def listed(names: Iterable[str]) -> str:
    """Return "a", "a and b", or "a, b and c"."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
