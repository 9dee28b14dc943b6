"""What people do to a service between two changes of its selection.

Each kind is given the service as it was generated before the next change and as it will be after
it, and returns an edit that can be made in either; an edit tells whether it still holds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from flaskwright.service.migrations import history
from tests.life import format_edits, format_edits_others, format_edits_toml, format_edits_yaml  # noqa: F401
from tests.life.format_edits import Given
from tests.life.services import HISTORY

Tree = Mapping[str, bytes]
ANSWERS = ".copier-answers.yml"


@dataclass(frozen=True)
class Edit:
    """An edit of the generated file at `path`, or of one of the user's own.

    `make` returns False where it has no place. What it writes has the token in it, and `holds`
    tells the rest: it is asked while the generated file belongs to the service.
    """

    name: str
    path: str
    make: Callable[[Path], bool]
    holds: Callable[[Path], bool] = lambda _folder: True


@dataclass(frozen=True)
class Between:
    """What a kind of edit chooses from: the trees before and after the next change."""

    random: Random
    base: Tree
    theirs: Tree
    token: str

    def path(self, *, taken: Sequence[str] = ()) -> str | None:
        """Choose a file of both, one that the change is about if there is one."""
        common = [
            path
            for path in sorted({*self.base} & {*self.theirs} - {*taken, ANSWERS})
            if not path.startswith(HISTORY) and len(self.base[path]) > 200
        ]
        changing = [path for path in common if self.base[path] != self.theirs[path]]
        among = changing if changing and self.random.random() < 0.7 else common
        return self.random.choice(among) if among else None


Kind = Callable[[Between, Sequence[str]], Edit | None]
KINDS: dict[str, Kind] = {}


def kind(made: Kind) -> Kind:
    """Register a kind of edit."""
    KINDS[made.__name__] = made
    return made


def written(file: Path, content: bytes) -> bool:
    """Write a file, with the folders above it; return True."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return True


def text_edit(between: Between, path: str, name: str) -> Edit | None:
    """Edit one of the files that are merged by what they say."""
    if path not in between.base or path not in between.theirs:
        return None
    texts = between.base[path].decode(), between.theirs[path].decode()
    edit = format_edits.KINDS[path][name](Given(between.random, *texts, between.token))

    def make(folder: Path) -> bool:
        file = folder / path
        if edit is None or not file.is_file():
            return False
        before = file.read_bytes().decode()
        after = edit(before.replace("\r\n", "\n"))
        if after is None:
            return False
        end = "\r\n" if "\r\n" in before else "\n"
        return written(file, after.replace("\n", end).encode())

    return Edit(f"{path}:{name}", path, make)


@kind
def renamed(between: Between, taken: Sequence[str]) -> Edit | None:
    def moved(folder: Path, path: str) -> Path:
        return folder / f"moved_{between.token}" / Path(path).name

    def act(folder: Path, path: str) -> None:
        moved(folder, path).parent.mkdir()
        (folder / path).rename(moved(folder, path))

    def holds(folder: Path, path: str) -> bool:
        return moved(folder, path).is_file() and not (folder / path).exists()

    # pyproject.toml names the README.
    return _of_a_file("renamed", between, [*taken, "README.md"], act, holds)


@kind
def deleted(between: Between, taken: Sequence[str]) -> Edit | None:
    def act(folder: Path, path: str) -> None:
        (folder / path).unlink()

    def holds(folder: Path, path: str) -> bool:
        return not (folder / path).exists()

    return _of_a_file("deleted", between, taken, act, holds)


@kind
def with_crlf(between: Between, taken: Sequence[str]) -> Edit | None:
    def act(folder: Path, path: str) -> None:
        content = (folder / path).read_bytes().replace(b"\r\n", b"\n")
        (folder / path).write_bytes(content.replace(b"\n", b"\r\n"))

    def holds(folder: Path, path: str) -> bool:
        lines = (folder / path).read_bytes().split(b"\n")[:-1] if (folder / path).exists() else []
        return all(line.endswith(b"\r") for line in lines)

    return _of_a_file("with_crlf", between, taken, act, holds)


@kind
def executable(between: Between, taken: Sequence[str]) -> Edit | None:
    def act(folder: Path, path: str) -> None:
        (folder / path).chmod(0o755)

    def holds(folder: Path, path: str) -> bool:
        return not (folder / path).exists() or bool((folder / path).stat().st_mode & 0o100)

    return _of_a_file("executable", between, taken, act, holds)


@kind
def own_module(between: Between, _taken: Sequence[str]) -> Edit:
    path = f"src/sample/{between.token}.py"
    return _own("own_module", path, f'"""My own."""\n\n{between.token} = 1\n'.encode())


@kind
def own_test_in_a_bundles_folder(between: Between, _taken: Sequence[str]) -> Edit:
    folders = [str(Path(path).parent) for path in between.base if path.startswith("tests/")]
    path = f"{between.random.choice(folders)}/test_{between.token}.py"
    return _own("own_test", path, f"{between.token} = 1\n".encode())


@kind
def own_bytes(between: Between, _taken: Sequence[str]) -> Edit:
    content = between.random.randbytes(100) + between.token.encode() + b"\r\n\0\xff\n"
    return _own("own_bytes", f"{between.token}.bin", content)


@kind
def ignored(between: Between, _taken: Sequence[str]) -> Edit:
    name = between.random.choice([".env", "instance/data.db", "src/sample/__pycache__/x.pyc"])
    return _own("ignored", name, f"{between.token}\n".encode())


@kind
def own_migration(between: Between, _taken: Sequence[str]) -> Edit | None:
    path = f"{HISTORY}versions/{between.token}.py"
    if f"{HISTORY}env.py" not in between.base:
        return None

    def make(folder: Path) -> bool:
        head = history(folder / HISTORY / "versions").head
        return written(
            folder / path,
            f'revision = "{between.token}"\ndown_revision = {head!r}\n\n'
            "def upgrade() -> None:\n    pass\n\n\ndef downgrade() -> None:\n    pass\n".encode(),
        )

    def holds(folder: Path) -> bool:
        return (folder / path).is_file() and bool(history(folder / HISTORY / "versions").head)

    return Edit("own_migration", path, make, holds)


@kind
def inserted_lines(between: Between, taken: Sequence[str]) -> Edit:
    return _line("inserted_lines", between, taken, lambda line: [line, f"# {between.token}"])


@kind
def changed_line(between: Between, taken: Sequence[str]) -> Edit:
    return _line("changed_line", between, taken, lambda line: [f"{line} # {between.token}"])


@kind
def deleted_lines(between: Between, taken: Sequence[str]) -> Edit:
    return _line("deleted_lines", between, taken, lambda _line: [])


def _of_a_file(
    name: str,
    between: Between,
    taken: Sequence[str],
    act: Callable[[Path, str], None],
    holds: Callable[[Path, str], bool],
) -> Edit | None:
    """Do something with a generated file that is there before the change and after it."""
    path = between.path(taken=taken)
    if path is None:
        return None

    def make(folder: Path) -> bool:
        if not (folder / path).is_file():
            return False
        act(folder, path)
        return True

    return Edit(name, path, make, lambda folder: holds(folder, path))


def _own(name: str, path: str, content: bytes) -> Edit:
    def make(folder: Path) -> bool:
        return not (folder / path).exists() and written(folder / path, content)

    def holds(folder: Path) -> bool:
        return (folder / path).read_bytes() == content

    return Edit(name, path, make, holds)


def _line(
    name: str, between: Between, taken: Sequence[str], change: Callable[[str], list[str]]
) -> Edit:
    """Change a line of any generated file, also of one that leaves."""
    paths = [
        path
        for path in sorted({*between.base} - {*taken, ANSWERS})
        if not path.startswith(HISTORY) and between.base[path].count(b"\n") > 3
    ]
    path = between.random.choice(paths)
    at = between.random.random()

    def make(folder: Path) -> bool:
        file = folder / path
        if not file.is_file():
            return False
        lines = file.read_bytes().decode().split("\n")
        place = int(at * (len(lines) - 1))
        lines[place : place + 1] = change(lines[place])
        return written(file, "\n".join(lines).encode())

    return Edit(name, path, make)
