"""The errors that a command prints, and how their messages are written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

SHOWN = 5  # names in a message; the others are counted


class CommandError(Exception):
    """The command failed. The message is one line that says what to do next."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


def one_line(message: str) -> str:
    """Return the message on one line, with control characters escaped."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in " ".join(message.split())
    )


@dataclass(frozen=True, order=True)
class Problem:
    """A mistake in a file of the catalog, and how to correct it."""

    file: str
    field: str
    remedy: str

    def __str__(self) -> str:
        return one_line(f"{self.file}: {self.field}: {self.remedy}")


class CatalogError(Exception):
    """The catalog is invalid. `problems` has every mistake."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return " (did you mean x?)" if a known name is similar to `name`, else an empty string."""
    matches = get_close_matches(name, list(known), n=1)
    return f" (did you mean {matches[0]}?)" if matches else ""


def join_some(names: Sequence[str]) -> str:
    """Return the first `SHOWN` names as `join_names` does, and the number of the others."""
    rest = len(names) - SHOWN
    return join_names([*names[:SHOWN], f"{rest} more"] if rest > 0 else names)


def join_names(names: Iterable[str]) -> str:
    """Return "a", "a and b", or "a, b and c"."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
