"""Invalid manifests are refused; every problem has its file, field and remedy."""

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
from tests.tool.catalogs import BUNDLES, PRESETS, SERVER, manifest, write_bundle
from tests.tool.conftest import Run

DIGEST = "sha256:" + 64 * "0"
SETTING = {"name": "STORE_URL", "type": "url", "default": "", "help": "Where the store is."}
FLAG = SETTING | {"type": "boolean", "default": False}
COUNT = SETTING | {"type": "integer", "default": 3}
PROCESS = {"name": "sweeper", "command": "{package} sweep", "summary": "sweeps"}
STAGE = {
    "image": f"paper:1@sha256:{64 * '0'}",
    "commands": ["fold"],
    "result": "src/{package}/static/page",
}
NO_VALUE = object()


def problems(template: Path) -> list[Problem]:
    """Return every problem of a template's catalog."""
    try:
        return find_problems(read(template))
    except CatalogError as error:
        return error.problems


def has_problem(template: Path, field: str, remedy: str) -> bool:
    """Return True if the catalog has this problem in any file; otherwise fail the test."""
    all_problems = problems(template)
    found = any(problem.field == field and remedy in problem.remedy for problem in all_problems)
    return found or pytest.fail(str(all_problems))


def test_the_checkout_s_catalog_is_valid() -> None:
    assert find_problems(read(ROOT)) == []


def test_the_small_catalog_is_valid(small_template: Path) -> None:
    assert problems(small_template) == []


def test_the_schema_for_editors_is_up_to_date() -> None:
    remedy = "python -m flaskwright.catalog.models > extensions_catalog/schema.json"
    published = ROOT / "extensions_catalog" / "schema.json"

    assert published.read_text("utf-8") == schema(), remedy


def test_every_manifest_names_its_schema() -> None:
    line = "# yaml-language-server: $schema=../schema.json\n"
    for path in ROOT.glob("extensions_catalog/*/extension.yml"):
        assert path.read_text("utf-8").startswith(line), path


@pytest.mark.parametrize(
    ("field", "value", "where", "remedy"),
    [
        ("title", NO_VALUE, "title", "Add this field."),
        ("title", 61 * "x", "title", "at most 60 characters"),
        ("title", " spaced ", "title", "Write one line of text, without spaces"),
        ("summary", "two\nlines", "summary", "Write one line of text"),
        ("id", "my-page", "id", "lowercase letters, digits and underscores, such as my_cors"),
        ("id", "2fa", "id", "lowercase letters, digits and underscores, such as my_cors"),
        ("id", 33 * "x", "id", "at most 32 characters"),
        ("category", "Web", "category", "lowercase letters, digits and underscores"),
        ("titel", "x", "titel", "No such field (did you mean title?)"),
        ("status", "new", "status", "Use one of 'active' or 'retired'."),
        ("requires", "store", "requires", "Write a list."),
        ("links", {"Store": "http://example.com"}, "links.Store", "https://"),
        ("settings", [SETTING | {"name": "store"}], "settings[0].name", "capital letters"),
        ("settings", [SETTING | {"type": "str"}], "settings[0].type", "Use one of 'string', "),
        ("settings", [SETTING | {"name": "SECRET_KEY"}], "settings", "the kernel reads it"),
        ("settings", [SETTING | {"name": "FLASK_DEBUG"}], "settings", "the kernel reads it"),
        ("settings", [SETTING | {"default": None}], "settings[0].default", "of type url"),
        ("settings", [SETTING | {"default": 5}], "settings[0].default", "of type url"),
        ("settings", [FLAG | {"default": "no"}], "settings[0].default", "of type boolean"),
        ("settings", [COUNT | {"default": True}], "settings[0].default", "of type integer"),
        ("settings", [SETTING | {"secret": "no"}], "settings[0].secret", "boolean"),
        ("processes", [PROCESS | {"port": None}], "processes[0].port", "remove the field"),
        ("processes", [PROCESS | {"port": 0}], "processes[0].port", "greater than or equal to 1"),
        ("processes", [PROCESS | {"name": "Sweep_er"}], "processes[0].name", "hyphens"),
        ("processes", [PROCESS | {"name": "web"}], "processes", "compose.yaml has that service"),
        ("servers", {"web": SERVER}, "servers", "Rename web: compose.yaml has that service."),
        (
            "processes",
            [PROCESS | {"stop_grace_period": "1h"}],
            "processes[0].stop_grace_period",
            "a number of seconds or minutes",
        ),
        ("requires", ["redis_broker"], "requires", "Remove redis_broker: it is not always"),
        ("comes_with", ["store"], "comes_with", "Name at least two bundles."),
        ("comes_with", ["stor", "desk"], "comes_with", "No bundle is called stor"),
        (
            "comes_with",
            ["store", "redis_broker"],
            "comes_with",
            "redis_broker: it cannot be picked",
        ),
        ("answers", {}, "answers", "Write at least one entry, or remove the field."),
        ("answers", {"broker": "kafka"}, "answers", "Use one of redis and rabbitmq for broker."),
        ("answers", {"borker": "redis"}, "answers", "borker is no question with choices"),
        ("collects", ["Menu-Items"], "collects[0]", "the name of a function or of a constant"),
        ("collects", ["probe"], "collects", "Rename probe: the kernel has a hook of that name."),
        ("collects", ["ANY_HOST"], "collects", "the kernel has a hook of that name."),
        ("debian_packages", ["Pango"], "debian_packages[0]", "the name of a Debian package"),
        (
            "build_stage",
            STAGE | {"image": "node"},
            "build_stage.image",
            "with its version and digest",
        ),
        ("build_stage", STAGE | {"commands": []}, "build_stage.commands", "at least one entry"),
        ("build_stage", STAGE | {"result": "out"}, "build_stage.result", "a folder of the package"),
        ("build_stage", STAGE, "build_stage", "Add files to page/, in which its commands run."),
        ("tables", ["Pages"], "tables[0]", "lowercase letters, digits and underscores"),
        ("tables", ["pages"], "tables", "Name the tables that migrations create, and only them."),
        ("status", "retired", "replaced_by", "Set it if the bundle is retired"),
        ("replaced_by", "store", "replaced_by", "Set it if the bundle is retired"),
        ("requires", ["stor"], "requires", "No bundle is called stor (did you mean store?)"),
        ("requires", ["page"], "requires", "Remove page: a bundle cannot refer to itself."),
        ("after", {"nothing": "so"}, "after", "No bundle is called nothing"),
        ("conflicts", {"nothing": "so"}, "conflicts", "No bundle is called nothing"),
        ("conflicts", {"desk": "another reason"}, "conflicts", "the same reason as desk gives"),
        ("servers", {"paper": None}, "servers.paper", "No bundle defines this server"),
        ("servers", {"paper": SERVER | {"port": 0}}, "servers.paper.port", "greater than"),
        ("servers", {"paper": SERVER | {"data": "data"}}, "servers.paper.data", "absolute path"),
        ("servers", {"paper": SERVER | {"only": "ci"}}, "servers.paper.only", "Use one of"),
        (
            "servers",
            {"paper": SERVER | {"only": "development"}},
            "servers.paper.test_url",
            "Remove it, or `only: development`.",
        ),
        (
            "servers",
            {"paper": SERVER | {"only": "tests", "test_url": {}}},
            "servers.paper.test_url",
            "Add it: tests need the URL.",
        ),
        ("dependencies", ["a b"], "dependencies", "PEP 508"),
        ("dependencies", ["client>=1"], "dependencies", "Bound 'client>=1' below and above"),
        ("dependencies", ["client<2"], "dependencies", "Bound 'client<2' below and above"),
        ("dev_dependencies", ["client"], "dev_dependencies", "below and above"),
        ("dependencies", ["client[redis]>=1,<2"], "dependencies", "Name redis itself"),
        ("dependencies", ["Store_Client>=1,<3"], "dependencies", "Write 'store-client>=1,<2'"),
        ("dependencies", ["flask>=2,<4"], "dependencies", "as the kernel does"),
        ("dependencies", ["gunicorn>=20,<21"], "dependencies", "as the kernel does"),
        ("dev_dependencies", ["pytest>=8,<9"], "dev_dependencies", "as the kernel does"),
        ("unimported", ["client"], "unimported", "not among the dependencies"),
    ],
)
def test_an_invalid_field_is_a_problem(
    field: str, value: Any, where: str, remedy: str, own_template: Path
) -> None:
    folder = write_bundle(own_template, "page", **BUNDLES["page"])
    document = yaml.safe_load((folder / "extension.yml").read_text()) | {field: value}
    if value is NO_VALUE:
        del document[field]
    (folder / "extension.yml").write_text(yaml.safe_dump(document))

    assert has_problem(own_template, where, remedy)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dependencies", ["client~=1.2"]),
        ("dependencies", ["client==1.2.3"]),
        ("dependencies", ["client[extra]>1,<=2 ; python_version < '3.13'"]),
        ("conflicts", {"desk": "both use port 80."}),
        ("settings", [SETTING | {"secret": True, "required": True, "compose": "store://store"}]),
        ("settings", [FLAG]),
        ("settings", [COUNT]),
        ("settings", [COUNT | {"default": ""}]),
        ("settings", [SETTING | {"type": "list", "default": ["a", "b"]}]),
        ("collects", ["menu", "PUBLIC_ROUTES"]),
        ("processes", [PROCESS | {"port": 80, "stop_grace_period": "60s"}]),
    ],
)
def test_a_valid_field_is_no_problem(field: str, value: Any, own_template: Path) -> None:
    write_bundle(own_template, "page", **BUNDLES["page"] | {field: value})

    assert problems(own_template) == []


@pytest.mark.parametrize("name", ["flask", "json", "tags", "health", "class", "howto"])
def test_the_name_of_a_part_must_be_free(name: str, own_template: Path) -> None:
    write_bundle(own_template, name, category="data")

    assert has_problem(own_template, "id", "Choose another")


def test_the_id_must_be_the_folder_s_name(own_template: Path) -> None:
    folder = write_bundle(own_template, "page", **BUNDLES["page"])
    (folder / "extension.yml").write_text(yaml.safe_dump(manifest("pages", category="http")))

    assert has_problem(own_template, "id", "Name it page, as its folder.")


@pytest.mark.parametrize(
    ("path", "remedy"),
    [
        ("src/page.py", "Move src/page.py"),
        ("tests/what?.py", "Move tests/what?.py"),
        ("notes.txt", "Move notes.txt"),
        ("store/notes.txt", "Move store/notes.txt to src/package/, tests/, migrations/ or page/."),
        ("make/store.mk", "Move make/store.mk"),
        ("docs/store_notes.md", "Move docs/store_notes.md"),
        ("tests/a/b/c/d/e/test_page.py", "paths have at most 6 parts"),
        ("tests/tags/test_page.py", "updates would never delete it"),
        ("src/package/dist/page.py", "git ignores it"),
        ("src/package/store.py", "Rename src/package/store.py: store has it already"),
        ("src/package/health.py", "Rename src/package/health.py: the kernel has that file"),
        ("tests/conftest.py", "Rename tests/conftest.py: the kernel has that file"),
    ],
)
def test_a_file_must_have_an_allowed_path(path: str, remedy: str, own_template: Path) -> None:
    write_bundle(own_template, "store", **BUNDLES["store"])
    folder = write_bundle(own_template, "page", **BUNDLES["page"])
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text("")

    assert has_problem(own_template, "files", remedy)


def test_a_bundle_must_have_a_guide(own_template: Path) -> None:
    (own_template / "extensions_catalog" / "page" / "GUIDE.md").unlink()

    assert has_problem(own_template, "files", "Write GUIDE.md")


def test_a_bundle_with_migrations_must_name_its_tables(own_template: Path) -> None:
    for name in ("store", "page"):
        revision = f"migrations/versions/{name}_0001.py"
        folder = write_bundle(own_template, name, **BUNDLES[name])
        (folder / revision).parent.mkdir(parents=True)
        (folder / revision).write_text("")
    assert has_problem(
        own_template, "tables", "Name the tables that migrations create, and only them."
    )

    for name in ("store", "page"):
        path = own_template / "extensions_catalog" / name / "extension.yml"
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"tables": ["pages"]}))
    assert has_problem(own_template, "tables", "Rename pages: ")


@pytest.mark.parametrize(
    ("former", "remedy"),
    [
        ("store", ""),
        ("shop", "Name a bundle of the catalog that has no migrations any more."),
        ("page", "Name a bundle of the catalog that has no migrations any more."),
    ],
)
def test_the_former_bundle_of_tables_must_have_none(
    former: str, remedy: str, own_template: Path
) -> None:
    changes = {"tables": ["pages"], "formerly": former}
    folder = write_bundle(own_template, "page", **BUNDLES["page"] | changes)
    revision = folder / "migrations/versions/page_0001.py"
    revision.parent.mkdir(parents=True)
    revision.write_text("")

    assert has_problem(own_template, "formerly", remedy) if remedy else problems(own_template) == []


def test_a_bundle_without_migrations_has_no_former_bundle(own_template: Path) -> None:
    write_bundle(own_template, "page", **BUNDLES["page"], formerly="store")

    assert has_problem(own_template, "formerly", "Remove it: the bundle has no migrations.")


@pytest.mark.parametrize(
    ("revisions", "remedy"),
    [
        (["versions/page_0001", "versions/page_0002", "initial/page_0002"], ""),
        (["versions/add_pages"], "Rename migrations/versions/add_pages.py: page_0001.py"),
        (["versions/store_0001"], "Rename migrations/versions/store_0001.py: page_0001.py"),
        (["versions/page_0001", "initial/page_0002"], "Name migrations/initial/page_0002.py after"),
        (["versions/page_0002", "initial/page_0001"], "Name migrations/initial/page_0001.py after"),
    ],
)
def test_revisions_must_be_named_after_the_bundle_and_the_newest_be_initial(
    revisions: list[str], remedy: str, own_template: Path
) -> None:
    paths = [f"migrations/{revision}.py" for revision in revisions]
    folder = write_bundle(own_template, "page", **BUNDLES["page"], tables=["pages"])
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("")

    assert has_problem(own_template, "files", remedy) if remedy else problems(own_template) == []


def test_a_cycle_is_a_problem(own_template: Path) -> None:
    write_bundle(own_template, "store", **BUNDLES["store"], after={"page": "it must not"})

    assert has_problem(own_template, "after", "Break the cycle")


def test_bundles_that_are_never_combined_may_share_a_variable(own_template: Path) -> None:
    shared = {"settings": [SETTING]}
    for name in ("redis_broker", "rabbitmq_broker"):
        write_bundle(own_template, name, **BUNDLES[name] | shared)
    assert problems(own_template) == []

    write_bundle(own_template, "page", **BUNDLES["page"] | shared)
    assert has_problem(own_template, "settings", "Rename STORE_URL")


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
def test_an_invalid_preset_is_a_problem(
    extensions: list[str], remedy: str, own_template: Path
) -> None:
    presets = PRESETS | {"odd": {"title": "Odd", "summary": "odd", "extensions": extensions}}
    (own_template / "extensions_catalog" / "presets.yml").write_text(yaml.safe_dump(presets))

    assert has_problem(own_template, "odd.extensions", remedy)


@pytest.mark.parametrize(
    ("image", "valid"),
    [("redis:8", False), (f"redis@{DIGEST}", False), (f"redis:8@{DIGEST}", True)],
)
def test_images_must_be_pinned_by_version_and_digest(
    image: str, valid: bool, own_template: Path
) -> None:
    servers = {"paper": SERVER | {"image": image}}
    write_bundle(own_template, "page", **BUNDLES["page"], servers=servers)

    assert (problems(own_template) == []) is valid


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"a: [", "Write valid YAML"),
        (b"\xff\xfe", "Write it in UTF-8."),
        (b"- a", "Write a mapping of fields."),
        (b"", "Write a mapping of fields."),
        (b"id: page\nid: pages", "id is given twice in the mapping at line 1"),
        (b"links:\n  Store: a\n  Store: b", "Store is given twice in the mapping at line 2"),
    ],
)
def test_an_unreadable_manifest_is_a_problem(
    content: bytes, remedy: str, own_template: Path
) -> None:
    (own_template / "extensions_catalog" / "page" / "extension.yml").write_bytes(content)

    assert has_problem(own_template, "file", remedy)


def test_a_missing_file_is_a_problem(own_template: Path) -> None:
    (own_template / "extensions_catalog" / "presets.yml").unlink()

    assert has_problem(own_template, "file", "Cannot be read: No such file or directory.")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("requires", ["store"]),
        ("conflicts", {"desk": "both use port 80."}),
        ("answers", {"broker": "redis"}),
    ],
)
def test_a_bundle_that_comes_with_others_is_never_left_out(
    field: str, value: Any, own_template: Path
) -> None:
    fields = {"category": "http", "comes_with": ["store", "tasks"], field: value}
    write_bundle(own_template, "bridge", **fields)

    assert has_problem(own_template, field, "a bundle with comes_with is never left out")


def test_only_one_bundle_defines_a_server(own_template: Path) -> None:
    write_bundle(own_template, "store", **BUNDLES["store"], servers={"paper": SERVER})
    write_bundle(own_template, "page", **BUNDLES["page"], servers={"paper": None})
    assert problems(own_template) == []

    write_bundle(own_template, "page", **BUNDLES["page"], servers={"paper": SERVER})
    assert has_problem(own_template, "servers.paper", "store defines it")

    process = PROCESS | {"name": "paper"}
    write_bundle(own_template, "page", **BUNDLES["page"], processes=[process])
    assert has_problem(own_template, "processes", "Rename paper: compose.yaml has that service.")


def test_only_one_bundle_of_a_service_collects_a_hook(own_template: Path) -> None:
    for name in ("store", "page"):
        write_bundle(own_template, name, **BUNDLES[name], collects=["menu"])

    assert has_problem(own_template, "collects", "Rename menu: ")


def test_a_folder_must_have_a_manifest(own_template: Path) -> None:
    folder = own_template / "extensions_catalog" / "page"
    (folder / "extension.yml").rename(folder / "extension.yaml")

    assert has_problem(own_template, "extension.yml", "Write this file.")


def test_every_problem_is_printed_on_its_own_line(own_template: Path, invoke: Run) -> None:
    write_bundle(own_template, "page", category="http", requires=["stor"], dependencies=["client"])

    result = invoke("catalog", "--template", own_template)

    assert result.returncode == 1
    assert result.stdout == ""
    file = "extensions_catalog/page/extension.yml"
    assert result.stderr.splitlines() == [
        "flaskwright: the template's catalog is invalid.",
        f"{file}: dependencies: Bound 'client' below and above: name>=1.2,<2.",
        f"{file}: requires: No bundle is called stor (did you mean store?): correct it.",
    ]


def test_the_schema_describes_every_field() -> None:
    fields = json.loads(schema())["properties"]
    assert [name for name, field in fields.items() if "description" not in field] == []


def test_the_manifest_in_the_readme_is_valid() -> None:
    text = (ROOT / "extensions_catalog" / "README.md").read_text("utf-8")
    block = text.partition("```yaml\n")[2].partition("```")[0]
    assert Manifest.model_validate(yaml.safe_load(block)).id == "stamps"
