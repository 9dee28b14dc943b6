"""Three-way merge of one file: combine the user's changes and the template's changes.

`base` is what the template last generated, `ours` the user's file, `theirs` what the template
generates now. The module depends on the file:

| file | merged by |
|---|---|
| `*.yaml`, `*.yml` (`compose.yaml`, CI) | `yaml_file` |
| `*.toml` (`pyproject.toml`) | `toml_file` |
| `.env*` | `env_file` |
| `src/*/parts.py` | `parts_module` |
| `*.md`, `Dockerfile`, `Makefile`, `.gitignore`, `.dockerignore` | `text_merge.by_lines` |
| others | `text_merge.by_git`; Python has to stay valid |

The first four are formats: `structured_merge` parses the file, merges the parsed values
(`semantics`), and looks for a merged text with the resulting value. One such text comes from
`entry_merge`, which changes only the entries of the user's file that the template changed.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath

from ..errors import one_line
from . import python_source, structured_merge, text_merge
from .encoding import decode, encode
from .env_file import EnvFile
from .file_format import FileFormat
from .parts_module import PartsModule
from .toml_file import TomlFile
from .yaml_file import YamlFile

MERGED_BY_LINES = {".dockerignore", ".gitignore", "Dockerfile", "Makefile"}


@dataclass(frozen=True)
class Merged:
    """A merged file.

    If `conflict` is true, a text has conflict markers, and a binary file is the user's. The
    notes tell the user, one line each, where their own version was kept although the template
    changed it too, and why a merge is a conflict that git does not find.
    """

    content: bytes
    conflict: bool = False
    notes: tuple[str, ...] = ()


def merge(path: str, base: bytes, ours: bytes, theirs: bytes) -> Merged:
    """Merge the user's and the template's changes of `base`; `path` determines the format."""
    if ours == base:
        return Merged(theirs)
    if theirs in (base, ours):
        return Merged(ours)
    try:
        old, mine, new = map(decode, (base, ours, theirs))
    except ValueError:
        note = "not a UTF-8 text file: your version was kept, the template's was not applied"
        return Merged(ours, conflict=True, notes=(note,))
    if new.content == old.content:
        return Merged(ours)
    if mine.content in (old.content, new.content):
        return Merged(encode(new.content, mine))
    merged = _merge_text(PurePosixPath(path), old.content, mine.content, new.content)
    notes = tuple(map(one_line, merged.notes))
    return Merged(encode(merged.content, mine), merged.conflict, notes)


def same_meaning(path: str, one: bytes, other: bytes) -> bool:
    """Return whether two files differ only in line endings or, if Python, in formatting."""
    try:
        texts = [decode(content).content for content in (one, other)]
        return texts[0] == texts[1] or (path.endswith(".py") and python_source.same_code(*texts))
    except ValueError:
        return one == other


def _merge_text(path: PurePosixPath, base: str, ours: str, theirs: str) -> text_merge.TextMerge:
    if file_format := _format(path):
        return structured_merge.merge(file_format(base), base, ours, theirs)
    if path.suffix == ".md" or path.name in MERGED_BY_LINES:
        return text_merge.by_lines(base, ours, theirs)
    merged = text_merge.by_git(base, ours, theirs)
    if path.suffix != ".py" or merged.conflict:
        return merged
    if python_source.is_valid(ours) and not python_source.is_valid(merged.content):
        note = "the merged file would not be valid Python"
        return text_merge.with_markers(base, ours, theirs, note)
    return merged


def _format(path: PurePosixPath) -> type[FileFormat] | None:
    if path.name.startswith(".env"):
        return EnvFile
    if path.match("src/*/parts.py"):
        return PartsModule
    return {".toml": TomlFile, ".yaml": YamlFile, ".yml": YamlFile}.get(path.suffix)
