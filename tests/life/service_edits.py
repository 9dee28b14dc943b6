"""Random edits that a user may make to a service between two changes.

Each kind of edit gets the trees that are generated before and after the next change. It returns
an edit that can be applied to either of them, or None.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from flaskwright.service.migrations import history
from tests.life import format_edits, format_edits_others, format_edits_toml, format_edits_yaml  # noqa: F401
from tests.life.format_edits import TextContext
from tests.life.services import MIGRATIONS

Tree = Mapping[str, bytes]
ANSWERS = ".copier-answers.yml"


@dataclass(frozen=True)
class Edit:
    """An edit of the generated file at `path`, or of a file of the user.

    `apply` returns False if the edit is not possible. Text that it writes contains the token.
    `persists` checks everything else, while the generated file belongs to the service.
    """

    name: str
    path: str
    apply: Callable[[Path], bool]
    persists: Callable[[Path], bool] = lambda _folder: True


@dataclass(frozen=True)
class EditContext:
    """The trees before and after the next change, from which a kind of edit chooses a file."""

    random: Random
    base: Tree
    theirs: Tree
    token: str

    def path(self, *, taken: Sequence[str] = ()) -> str | None:
        """Choose a path that is in both trees, preferably one that the change edits."""
        common = [
            path
            for path in sorted({*self.base} & {*self.theirs} - {*taken, ANSWERS})
            if not path.startswith(MIGRATIONS) and len(self.base[path]) > 200
        ]
        changing = [path for path in common if self.base[path] != self.theirs[path]]
        candidates = changing if changing and self.random.random() < 0.7 else common
        return self.random.choice(candidates) if candidates else None


EditKind = Callable[[EditContext, Sequence[str]], Edit | None]
KINDS: dict[str, EditKind] = {}


def edit_kind(create_edit: EditKind) -> EditKind:
    """Register a kind of edit."""
    KINDS[create_edit.__name__] = create_edit
    return create_edit


def write(file: Path, content: bytes) -> bool:
    """Write a file and create its directories; return True."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return True


def text_edit(context: EditContext, path: str, name: str) -> Edit | None:
    """Return an edit of a file that has kinds of its own in `format_edits`."""
    if path not in context.base or path not in context.theirs:
        return None
    texts = context.base[path].decode(), context.theirs[path].decode()
    edit = format_edits.KINDS[path][name](TextContext(context.random, *texts, context.token))

    def apply(folder: Path) -> bool:
        file = folder / path
        if edit is None or not file.is_file():
            return False
        before = file.read_bytes().decode()
        after = edit(before.replace("\r\n", "\n"))
        if after is None:
            return False
        end = "\r\n" if "\r\n" in before else "\n"
        return write(file, after.replace("\n", end).encode())

    return Edit(f"{path}:{name}", path, apply)


@edit_kind
def renamed(context: EditContext, taken: Sequence[str]) -> Edit | None:
    def new_path(folder: Path, path: str) -> Path:
        return folder / f"moved_{context.token}" / Path(path).name

    def edit_file(folder: Path, path: str) -> None:
        new_path(folder, path).parent.mkdir()
        (folder / path).rename(new_path(folder, path))

    def persists(folder: Path, path: str) -> bool:
        return new_path(folder, path).is_file() and not (folder / path).exists()

    # pyproject.toml refers to README.md.
    return _file_edit("renamed", context, [*taken, "README.md"], edit_file, persists)


@edit_kind
def deleted(context: EditContext, taken: Sequence[str]) -> Edit | None:
    def edit_file(folder: Path, path: str) -> None:
        (folder / path).unlink()

    def persists(folder: Path, path: str) -> bool:
        return not (folder / path).exists()

    return _file_edit("deleted", context, taken, edit_file, persists)


@edit_kind
def with_crlf(context: EditContext, taken: Sequence[str]) -> Edit | None:
    def edit_file(folder: Path, path: str) -> None:
        content = (folder / path).read_bytes().replace(b"\r\n", b"\n")
        (folder / path).write_bytes(content.replace(b"\n", b"\r\n"))

    def persists(folder: Path, path: str) -> bool:
        lines = (folder / path).read_bytes().split(b"\n")[:-1] if (folder / path).exists() else []
        return all(line.endswith(b"\r") for line in lines)

    return _file_edit("with_crlf", context, taken, edit_file, persists)


@edit_kind
def executable(context: EditContext, taken: Sequence[str]) -> Edit | None:
    def edit_file(folder: Path, path: str) -> None:
        (folder / path).chmod(0o755)

    def persists(folder: Path, path: str) -> bool:
        return not (folder / path).exists() or bool((folder / path).stat().st_mode & 0o100)

    return _file_edit("executable", context, taken, edit_file, persists)


@edit_kind
def own_module(context: EditContext, _taken: Sequence[str]) -> Edit:
    path = f"src/sample/{context.token}.py"
    return _own_file_edit("own_module", path, f'"""My own."""\n\n{context.token} = 1\n'.encode())


@edit_kind
def own_test_in_a_bundles_folder(context: EditContext, _taken: Sequence[str]) -> Edit:
    folders = [str(Path(path).parent) for path in context.base if path.startswith("tests/")]
    path = f"{context.random.choice(folders)}/test_{context.token}.py"
    return _own_file_edit("own_test", path, f"{context.token} = 1\n".encode())


@edit_kind
def own_bytes(context: EditContext, _taken: Sequence[str]) -> Edit:
    content = context.random.randbytes(100) + context.token.encode() + b"\r\n\0\xff\n"
    return _own_file_edit("own_bytes", f"{context.token}.bin", content)


@edit_kind
def ignored(context: EditContext, _taken: Sequence[str]) -> Edit:
    name = context.random.choice([".env", "instance/data.db", "src/sample/__pycache__/x.pyc"])
    return _own_file_edit("ignored", name, f"{context.token}\n".encode())


@edit_kind
def own_migration(context: EditContext, _taken: Sequence[str]) -> Edit | None:
    path = f"{MIGRATIONS}versions/{context.token}.py"
    if f"{MIGRATIONS}env.py" not in context.base:
        return None

    def apply(folder: Path) -> bool:
        head = history(folder / MIGRATIONS / "versions").head
        return write(
            folder / path,
            f'revision = "{context.token}"\ndown_revision = {head!r}\n\n'
            "def upgrade() -> None:\n    pass\n\n\ndef downgrade() -> None:\n    pass\n".encode(),
        )

    def persists(folder: Path) -> bool:
        return (folder / path).is_file() and bool(history(folder / MIGRATIONS / "versions").head)

    return Edit("own_migration", path, apply, persists)


@edit_kind
def inserted_lines(context: EditContext, taken: Sequence[str]) -> Edit:
    return _line_edit("inserted_lines", context, taken, lambda line: [line, f"# {context.token}"])


@edit_kind
def changed_line(context: EditContext, taken: Sequence[str]) -> Edit:
    return _line_edit("changed_line", context, taken, lambda line: [f"{line} # {context.token}"])


@edit_kind
def deleted_lines(context: EditContext, taken: Sequence[str]) -> Edit:
    return _line_edit("deleted_lines", context, taken, lambda _line_edit: [])


def _file_edit(
    name: str,
    context: EditContext,
    taken: Sequence[str],
    edit_file: Callable[[Path, str], None],
    persists: Callable[[Path, str], bool],
) -> Edit | None:
    """Return an edit of a generated file that exists before and after the change."""
    path = context.path(taken=taken)
    if path is None:
        return None

    def apply(folder: Path) -> bool:
        if not (folder / path).is_file():
            return False
        edit_file(folder, path)
        return True

    return Edit(name, path, apply, lambda folder: persists(folder, path))


def _own_file_edit(name: str, path: str, content: bytes) -> Edit:
    """Return an edit that adds a file of the user."""

    def apply(folder: Path) -> bool:
        return not (folder / path).exists() and write(folder / path, content)

    def persists(folder: Path) -> bool:
        return (folder / path).read_bytes() == content

    return Edit(name, path, apply, persists)


def _line_edit(
    name: str, context: EditContext, taken: Sequence[str], change: Callable[[str], list[str]]
) -> Edit:
    """Return an edit of a line of any generated file, including a file that the change removes."""
    paths = [
        path
        for path in sorted({*context.base} - {*taken, ANSWERS})
        if not path.startswith(MIGRATIONS) and context.base[path].count(b"\n") > 3
    ]
    path = context.random.choice(paths)
    at = context.random.random()

    def apply(folder: Path) -> bool:
        file = folder / path
        if not file.is_file():
            return False
        lines = file.read_bytes().decode().split("\n")
        place = int(at * (len(lines) - 1))
        lines[place : place + 1] = change(lines[place])
        return write(file, "\n".join(lines).encode())

    return Edit(name, path, apply)
