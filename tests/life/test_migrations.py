"""A service's migrations are read without executing them, and new ones follow the last."""

from pathlib import Path
from typing import Any

import pytest

from flaskwright.errors import CommandError
from flaskwright.service.migrations import (
    FOLDER,
    HEADING,
    History,
    history,
    list_tables,
    references,
    unlist,
)
from tests.template import files, render

ANSWERS = {"preset": "minimal", "package_name": "sample", "extensions": ["example"]}
EXAMPLE = {
    "accounts_0002": (),
    "tasks_0003": ("accounts_0002",),
    "example_items_0002": ("tasks_0003",),
}
FILE = f"{FOLDER}/one.py"


def write(folder: Path, **texts: str | bytes) -> Path:
    """Write Python files, by their names without `.py`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.py").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def versions(service: Path) -> list[str]:
    """Return the file names of a service's migrations."""
    return sorted(path.name for path in (service / FOLDER).glob("*"))


@pytest.fixture(scope="module")
def new(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new service."""
    return render(template, tmp_path_factory.mktemp("new") / "service", ANSWERS)


def test_a_new_service_has_one_migration_of_each_bundle_in_start_order(new: Path) -> None:
    migrations = history(new / FOLDER)

    assert dict(migrations.revisions) == EXAMPLE
    assert versions(new) == sorted(f"{name}.py" for name in EXAMPLE)
    assert migrations.head == "example_items_0002"


@pytest.mark.parametrize("head", ["own", "012345678901", "null"])
def test_new_migrations_follow_the_head(
    head: str, new: Path, template: Path, tmp_path: Path
) -> None:
    hidden_answers = {"migrations_head": head, "migrations_present": ["accounts_0002", head]}

    service = render(template, tmp_path / "service", ANSWERS | hidden_answers)

    assert dict(history(service / FOLDER).revisions) == {
        "tasks_0003": (head,),
        "example_items_0002": ("tasks_0003",),
    }
    # The answers file does not record the hidden answers.
    changed, plain = files(service), files(new)
    assert {path for path in plain if plain[path] != changed.get(path)} == {
        f"{FOLDER}/accounts_0002.py",
        f"{FOLDER}/tasks_0003.py",
    }


def test_a_service_with_an_older_migration_gets_the_later_ones(
    template: Path, tmp_path: Path
) -> None:
    hidden_answers = {
        "migrations_head": "own",
        "migrations_present": ["auth_0001", "tasks_0001", "own"],
    }

    service = render(template, tmp_path / "service", ANSWERS | hidden_answers)

    assert dict(history(service / FOLDER).revisions) == {
        "accounts_0002": ("own",),
        "tasks_0002": ("accounts_0002",),
        "tasks_0003": ("tasks_0002",),
        "example_items_0002": ("tasks_0003",),
    }
    kinds = {"accounts": "versions", "tasks": "versions", "example_items": "initial"}
    for bundle, kind in kinds.items():
        source = f"extensions_catalog/{bundle}/migrations/{kind}/{bundle}_0002.py"
        rendered = (service / FOLDER / f"{bundle}_0002.py").read_text()
        assert (
            rendered.partition('"""\n')[0] == (template / source).read_text().partition('"""\n')[0]
        )


def test_present_migrations_are_not_rendered_again(template: Path, tmp_path: Path) -> None:
    hidden_answers = {"migrations_head": "example_items_0002", "migrations_present": [*EXAMPLE]}

    assert versions(render(template, tmp_path / "service", ANSWERS | hidden_answers)) == []


def test_migrations_of_the_former_bundle_are_not_rendered_again(
    template: Path, tmp_path: Path
) -> None:
    present = ["auth_0002", "tasks_0003", "example_0002"]
    hidden_answers = {"migrations_head": "example_0002", "migrations_present": present}

    assert versions(render(template, tmp_path / "service", ANSWERS | hidden_answers)) == []


@pytest.mark.parametrize(
    ("text", "follows"),
    [
        ("revision = 'one'\ndown_revision = None", ()),
        ("revision: str = 'one'\ndown_revision: str | None = 'two'", ("two",)),
        ("revision = 'one'\ndown_revision = ('two', 'three')", ("two", "three")),
        ("revision = 'o' 'ne'\ndown_revision = ['two']", ("two",)),
        ("revision = name = 'one'\ndown_revision = 'x'\ndown_revision = 'two'", ("two",)),
        ("revision: str\nrevision = 'one'\ndown_revision = None\nx = f()\nx.y = 1", ()),
        ("revision = 'one'\ndown_revision = None\nraise SystemExit('\\d')", ()),
        (b"\xef\xbb\xbfrevision = 'one'\r\ndown_revision = None\r\n", ()),
        (b"# coding: latin-1\nrevision = 'one'\ndown_revision = '\xe9'", ("é",)),
    ],
)
def test_a_migration_is_parsed(text: str | bytes, follows: tuple[str, ...], tmp_path: Path) -> None:
    assert history(write(tmp_path, any_name=text)).revisions == {"one": follows}


@pytest.mark.parametrize(
    ("texts", "error"),
    [
        (
            {"one": "revision = 'on' + 'e'\ndown_revision = None"},
            f"^{FILE} computes its revision or down_revision: ",
        ),
        (
            {"one": "revision, down_revision = 'one', None"},
            f"^{FILE} computes its revision or down_revision: ",
        ),
        (
            {"one": "revision = 'one'\ndown_revision, x = 'two', 'three'"},
            f"^{FILE} computes its revision or down_revision: ",
        ),
        ({"one": "revision = 'one'"}, f"^{FILE} computes its revision or down_revision: "),
        (
            {"one": "revision = 'one'\ndown_revision = 5"},
            f"^{FILE} computes its revision or down_revision: ",
        ),
        (
            {"one": "revision = {[]}\ndown_revision = None"},
            f"^{FILE} computes its revision or down_revision: ",
        ),
        ({"one": "revision = "}, f"^{FILE} is not valid Python: "),
        ({"one": b"\xff"}, f"^{FILE} is not valid Python: "),
        ({"one": b"\x00"}, f"^{FILE} is not valid Python: "),
        (
            dict.fromkeys(("copy", "one"), "revision = 'x'\ndown_revision = None"),
            f"copy.py and {FILE} both have the revision x: remove one.",
        ),
    ],
)
def test_a_migration_that_cannot_be_parsed_is_refused(
    texts: dict[str, Any], error: str, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match=error):
        history(write(tmp_path, **texts))


def test_files_that_are_no_migrations_are_ignored(tmp_path: Path) -> None:
    write(tmp_path, __init__="", helpers="def revision(): ...\n")
    (tmp_path / "notes.txt").write_text("revision = 'one'")
    (tmp_path / ".#one.py").symlink_to("an editor's lock")

    assert history(tmp_path).head is None
    assert history(tmp_path / "missing").head is None


@pytest.mark.parametrize(
    ("revisions", "error"),
    [
        (
            {"a": (), "b": ("a",), "c": ("a",)},
            f"{FOLDER} has more than one head, b and c: set the down_revision of one to the other.",
        ),
        ({"a": ("b",), "b": ("a",)}, f"^The down_revisions in {FOLDER} form a cycle: "),
        ({"a": ("gone",)}, f"^A migration's down_revision is gone, which is not in {FOLDER}: "),
    ],
)
def test_an_ambiguous_head_is_refused(revisions: dict[str, tuple[str, ...]], error: str) -> None:
    with pytest.raises(CommandError, match=error):
        _ = History(revisions).head


def test_a_merge_migration_is_the_head() -> None:
    assert History({"a": (), "b": (), "c": ("a", "b")}).head == "c"


def test_tables_are_listed_until_their_bundle_is_added_again() -> None:
    text = list_tables(list_tables(None, ["users", "logins"]), ["items", "users"])

    assert text == "\n".join([*HEADING, "items", "logins", "users", ""])
    assert list_tables(text, ["items"]) == text
    assert unlist(text, ["users", "outbox"]) == "\n".join([*HEADING, "items", "logins", ""])
    assert unlist(text, ["users", "items", "logins"]) is None
    assert unlist(None, ["users"]) is None
    assert list_tables(None, []) is None


@pytest.mark.parametrize(
    ("text", "listed", "unlisted"),
    [
        ("# mine\nusers # till May\n", "# mine\nusers # till May\nzones\n", "# mine\n# till May\n"),
        ("\r\nusers\r\n# mine\r\n", "\r\nusers\r\nzones\r\n# mine\r\n", "\r\n# mine\r\n"),
        ("users\n  \n", "users\nzones\n  \n", None),
        ("#users", "zones\n#users\n", "#users"),
        ("zones # mine", "zones # mine", "zones # mine"),
        ("", "\n".join([*HEADING, "zones", ""]), ""),
    ],
)
def test_the_users_comments_in_the_list_of_tables_are_kept(
    text: str, listed: str, unlisted: str | None
) -> None:
    assert list_tables(text, ["zones"]) == listed
    assert unlist(text, ["users"]) == unlisted


def test_foreign_keys_to_tables_left_behind_are_found(tmp_path: Path) -> None:
    write(
        tmp_path / "src" / "sample" / "shop",
        models="import sqlalchemy as sa\nfrom sqlalchemy import ForeignKey\n"
        "class Order(Model):\n    __tablename__ = 'orders'\n"
        "    user = mapped_column(ForeignKey('users.id'))\n"
        "    one, two = sa.ForeignKey('public.logins.id'), sa.ForeignKey('users.id')\n"
        "    shop = mapped_column(ForeignKey('shops.id'))\n    name = 'users.id'\n"
        "class Login(Model):\n    __tablename__ = 'logins'\n"
        "    user = mapped_column(ForeignKey('users.id'))\n"
        "class Odd:\n    __tablename__ = ['logins']\n    key = ForeignKey(column)\n"
        "teams = db.Table('teams', Model.metadata, Column(ForeignKey('users.id')))\n"
        "teams = Table('teams', Model.metadata, Column(ForeignKey('users.id')))\n"
        "carts = Table('carts', Model.metadata, Column(ForeignKey('users.id')))\n",
        broken="ForeignKey('users.id'",
    )
    write(
        tmp_path / FOLDER,
        auth_0001="op.create_table('logins', sa.ForeignKeyConstraint(['user'], ['users.id']))",
        own="op.create_table(\n    'orders',\n"
        "    sa.ForeignKeyConstraint(['user'], ['users.id'], name='fk_users'),\n)",
    )
    write(tmp_path / "tests", test_shop="ForeignKey('users.id')")
    (tmp_path / "src" / ".#shop.py").symlink_to("an editor's lock")

    assert references(tmp_path, ("users", "logins", "teams")) == [
        f"{FOLDER}/own.py:3",
        "src/sample/shop/models.py:5",
        "src/sample/shop/models.py:6",
        "src/sample/shop/models.py:17",
    ]
    assert references(tmp_path, ("user",)) == []
    assert references(tmp_path, ()) == []
