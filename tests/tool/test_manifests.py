"""Wrong manifests are refused, with the file, the field and the remedy, all at once."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from flaskwright.catalog.models import Manifest, schema
from flaskwright.catalog.reading import read
from flaskwright.catalog.validation import find_problems
from flaskwright.errors import CatalogError, Problem
from tests.template import ROOT
from tests.tool.catalogs import BUNDLES, PRESETS, manifest, write_bundle
from tests.tool.conftest import Run

DIGEST = "sha256:" + 64 * "0"
SETTING = {"name": "STORE_URL", "type": "url", "default": "", "help": "Where the store is."}
FLAG = SETTING | {"type": "boolean", "default": False}
COUNT = SETTING | {"type": "integer", "default": 3}
PROCESS = {"name": "sweeper", "command": "{package} sweep", "summary": "sweeps"}
NO_VALUE = object()


def problems(template: Path) -> list[Problem]:
    """Return what is wrong with a template's catalog."""
    try:
        return find_problems(read(template))
    except CatalogError as error:
        return error.problems


def found(template: Path, field: str, remedy: str) -> bool:
    """Tell whether exactly this is wrong, whatever the file."""
    wrong = problems(template)
    return any(p.field == field and remedy in p.remedy for p in wrong) or pytest.fail(str(wrong))


def test_the_checkout_s_catalog_is_right() -> None:
    assert find_problems(read(ROOT)) == []


def test_the_small_catalog_is_right(small: Path) -> None:
    assert problems(small) == []


def test_the_schema_for_editors_is_made_from_the_model() -> None:
    published = ROOT / "extensions_catalog" / "schema.json"
    assert published.read_text("utf-8") == schema(), (
        "run: python -m flaskwright.catalog.models > ..."
    )


def test_every_manifest_names_its_schema() -> None:
    line = "# yaml-language-server: $schema=../schema.json\n"
    for path in ROOT.glob("extensions_catalog/*/extension.yml"):
        assert path.read_text("utf-8").startswith(line), path


@pytest.mark.parametrize(
    ("field", "value", "where", "remedy"),
    [
        ("title", NO_VALUE, "title", "Add this field."),
        ("title", 61 * "x", "title", "at most 60 characters"),
        ("title", " spaced ", "title", "Write text that matches"),
        ("summary", "two\nlines", "summary", "Write text that matches"),
        ("titel", "x", "titel", "No such field (did you mean title?)"),
        ("status", "new", "status", "Use one of 'active' or 'retired'."),
        ("requires", "store", "requires", "Write a list."),
        ("links", {"Store": "http://example.com"}, "links.Store", "Write text that matches"),
        ("settings", [SETTING | {"name": "store"}], "settings[0].name", "Write text that matches"),
        ("settings", [SETTING | {"default": None}], "settings[0].default", "of type url"),
        ("settings", [SETTING | {"default": 5}], "settings[0].default", "of type url"),
        ("settings", [FLAG | {"default": "no"}], "settings[0].default", "of type boolean"),
        ("settings", [COUNT | {"default": True}], "settings[0].default", "of type integer"),
        ("settings", [SETTING | {"secret": "no"}], "settings[0].secret", "boolean"),
        ("processes", [PROCESS | {"port": None}], "processes[0].port", "leave the field out"),
        ("processes", [PROCESS | {"port": 0}], "processes[0].port", "greater than or equal to 1"),
        ("tables", ["Pages"], "tables[0]", "Write text that matches"),
        ("tables", ["pages"], "tables", "Name the tables that migrations create, and only them."),
        ("status", "retired", "replaced_by", "Name what replaces"),
        ("replaced_by", "store", "replaced_by", "Name what replaces"),
        ("requires", ["stor"], "requires", "No bundle is called stor (did you mean store?)"),
        ("requires", ["page"], "requires", "Remove the bundle itself."),
        ("requires", ["desk"], "requires", "Add store: desk requires it."),
        ("after", {"nothing": "so"}, "after", "No bundle is called nothing"),
        ("conflicts", {"nothing": "so"}, "conflicts", "No bundle is called nothing"),
        ("conflicts", {"desk": "another reason"}, "conflicts", "the same reason as desk gives"),
        ("services", ["postgre"], "services", "(did you mean postgres?)"),
        ("dependencies", ["a b"], "dependencies", "PEP 508"),
        ("dependencies", ["client>=1"], "dependencies", "Bound 'client>=1' below and above"),
        ("dependencies", ["client<2"], "dependencies", "Bound 'client<2' below and above"),
        ("dev_dependencies", ["client"], "dev_dependencies", "below and above"),
        ("dependencies", ["client[redis]>=1,<2"], "dependencies", "Name redis itself"),
        ("dependencies", ["Store_Client>=1,<3"], "dependencies", "Write 'store-client>=1,<2'"),
        ("unimported", ["client"], "unimported", "not among the dependencies"),
    ],
)
def test_a_wrong_field(field: str, value: Any, where: str, remedy: str, own: Path) -> None:
    folder = write_bundle(own, "page", **BUNDLES["page"])
    document = yaml.safe_load((folder / "extension.yml").read_text()) | {field: value}
    if value is NO_VALUE:
        del document[field]
    (folder / "extension.yml").write_text(yaml.safe_dump(document))

    assert found(own, where, remedy)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dependencies", ["client~=1.2"]),
        ("dependencies", ["client==1.2.3"]),
        ("dependencies", ["client[extra]>1,<=2 ; python_version < '3.13'"]),
        ("conflicts", {"desk": "both want the door."}),
        ("settings", [SETTING | {"secret": True, "required": True, "compose": "store://store"}]),
        ("settings", [FLAG]),
        ("settings", [COUNT]),
        ("settings", [COUNT | {"default": ""}]),
        ("settings", [SETTING | {"type": "list", "default": ["a", "b"]}]),
        ("processes", [PROCESS | {"port": 80, "stop_grace_period": "60s"}]),
    ],
)
def test_a_right_field(field: str, value: Any, own: Path) -> None:
    write_bundle(own, "page", **BUNDLES["page"] | {field: value})

    assert problems(own) == []


@pytest.mark.parametrize("name", ["flask", "json", "tags", "health", "class"])
def test_a_part_is_not_called_like_something_else(name: str, own: Path) -> None:
    write_bundle(own, name, category="data")

    assert found(own, "id", "Choose another")


def test_the_id_is_the_folder_s_name(own: Path) -> None:
    folder = write_bundle(own, "page", **BUNDLES["page"])
    (folder / "extension.yml").write_text(yaml.safe_dump(manifest("pages", category="http")))

    assert found(own, "id", "Name it page, as its folder.")


@pytest.mark.parametrize(
    ("path", "remedy"),
    [
        ("src/page.py", "Move src/page.py"),
        ("tests/../../page.py", "Move tests/../../page.py"),
        ("tests/what?.py", "Move tests/what?.py"),
        ("tests/tags/test_page.py", "updates would never delete it"),
        ("src/package/dist/page.py", "git ignores it"),
        ("src/package/.env", "git ignores it"),
        ("tests/test_gone.py", "there is no such file"),
        ("src/package/store.py", "Rename src/package/store.py: store has it already"),
    ],
)
def test_a_file_where_none_may_be(path: str, remedy: str, own: Path) -> None:
    write_bundle(own, "store", **BUNDLES["store"])
    files = ["GUIDE.md", "src/package/page.py", path]
    folder = write_bundle(own, "page", **BUNDLES["page"], files=files)
    if path != "tests/test_gone.py":
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("")

    assert found(own, "files", remedy)


def test_a_file_that_is_not_listed(own: Path) -> None:
    (own / "extensions_catalog" / "page" / "notes.txt").write_text("")

    assert found(own, "files", "List notes.txt, or delete it.")


def test_a_bundle_without_a_guide(own: Path) -> None:
    write_bundle(own, "page", **BUNDLES["page"], files=["src/package/page.py"])

    assert found(own, "files", "Write GUIDE.md")


def test_a_bundle_with_migrations_names_its_tables(own: Path) -> None:
    for name in ("store", "page"):
        revision = f"migrations/versions/{name}_0001.py"
        files = ["GUIDE.md", f"src/package/{name}.py", revision]
        folder = write_bundle(own, name, **BUNDLES[name], files=files)
        (folder / revision).parent.mkdir(parents=True)
        (folder / revision).write_text("")
    assert found(own, "tables", "Name the tables that migrations create, and only them.")

    for name in ("store", "page"):
        path = own / "extensions_catalog" / name / "extension.yml"
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"tables": ["pages"]}))
    assert found(own, "tables", "Rename pages: ")


@pytest.mark.parametrize(
    ("revisions", "told"),
    [
        (["versions/page_0001", "versions/page_0002", "initial/page_0002"], ""),
        (["versions/add_pages"], "Rename migrations/versions/add_pages.py: page_0001.py"),
        (["versions/store_0001"], "Rename migrations/versions/store_0001.py: page_0001.py"),
        (["versions/page_0001", "initial/page_0002"], "Name migrations/initial/page_0002.py after"),
        (["versions/page_0002", "initial/page_0001"], "Name migrations/initial/page_0001.py after"),
    ],
)
def test_revisions_are_called_by_their_bundle_and_the_initial_one_is_the_newest(
    revisions: list[str], told: str, own: Path
) -> None:
    paths = [f"migrations/{revision}.py" for revision in revisions]
    files = ["GUIDE.md", "src/package/page.py", *paths]
    folder = write_bundle(own, "page", **BUNDLES["page"], files=files, tables=["pages"])
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("")

    assert found(own, "files", told) if told else problems(own) == []


def test_a_circle(own: Path) -> None:
    write_bundle(own, "store", **BUNDLES["store"], after={"page": "it must not"})

    assert found(own, "after", "Break the circle")


def test_bundles_that_never_meet_may_share_a_variable(own: Path) -> None:
    shared = {"settings": [SETTING]}
    for name in ("redis_broker", "rabbitmq_broker"):
        write_bundle(own, name, **BUNDLES[name] | shared)
    assert problems(own) == []

    write_bundle(own, "page", **BUNDLES["page"] | shared)
    assert found(own, "settings", "Rename STORE_URL")


@pytest.mark.parametrize(
    ("extensions", "remedy"),
    [
        (["desk"], "Add store: desk requires it."),
        (["stor"], "stor cannot be picked (did you mean store?)"),
        (["paper"], "paper cannot be picked"),
        (["redis_broker", "store", "tasks"], "redis_broker cannot be picked"),
        (["desk", "page", "store"], "Remove page: it conflicts with desk."),
    ],
)
def test_a_wrong_preset(extensions: list[str], remedy: str, own: Path) -> None:
    presets = PRESETS | {"odd": {"title": "Odd", "summary": "odd", "extensions": extensions}}
    (own / "extensions_catalog" / "presets.yml").write_text(yaml.safe_dump(presets))

    assert found(own, "odd.extensions", remedy)


@pytest.mark.parametrize(
    ("image", "right"),
    [("redis:8", False), (f"redis@{DIGEST}", False), (f"redis:8@{DIGEST}", True)],
)
def test_images_are_pinned_by_version_and_digest(image: str, right: bool, own: Path) -> None:
    path = own / "extensions_catalog" / "services.yml"
    services = yaml.safe_load(path.read_text())
    services["redis"]["image"] = image
    path.write_text(yaml.safe_dump(services))

    assert (problems(own) == []) is right


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"a: [", "Write valid YAML"),
        (b"\xff\xfe", "Write it in UTF-8."),
        (b"- a", "Write a mapping of fields."),
        (b"", "Write a mapping of fields."),
    ],
)
def test_a_file_that_cannot_be_read(content: bytes, remedy: str, own: Path) -> None:
    (own / "extensions_catalog" / "page" / "extension.yml").write_bytes(content)

    assert found(own, "file", remedy)


def test_a_missing_file(own: Path) -> None:
    (own / "extensions_catalog" / "services.yml").unlink()

    assert found(own, "file", "Cannot be read: No such file or directory.")


def test_every_mistake_is_told_in_a_line_of_its_own(own: Path, call: Run) -> None:
    write_bundle(own, "page", category="http", requires=["stor"], dependencies=["client"])

    done = call("catalog", "--template", own)

    assert done.returncode == 1
    assert done.stdout == ""
    file = "extensions_catalog/page/extension.yml"
    assert done.stderr.splitlines() == [
        "flaskwright: the template's catalog has mistakes.",
        f"{file}: dependencies: Bound 'client' below and above: name>=1.2,<2.",
        f"{file}: requires: No bundle is called stor (did you mean store?): correct it.",
    ]


def test_the_schema_describes_every_field() -> None:
    fields = json.loads(schema())["properties"]
    assert [name for name, field in fields.items() if "description" not in field] == []


def test_the_readme_s_manifest_is_right() -> None:
    text = (ROOT / "extensions_catalog" / "README.md").read_text("utf-8")
    block = text.partition("```yaml\n")[2].partition("```")[0]
    assert Manifest.model_validate(yaml.safe_load(block)).id == "stamps"
