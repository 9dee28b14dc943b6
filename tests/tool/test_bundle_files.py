"""Invalid files of a bundle are refused; every problem has its file and remedy."""

from pathlib import Path

import pytest

from flaskwright.catalog import content_rules
from flaskwright.catalog.reading import read
from tests.template import ROOT
from tests.tool.catalogs import BUNDLES, write_bundle
from tests.tool.conftest import Run

MIGRATION = """
revision = "page_0001"
down_revision = {{ file.down_revision }}

def upgrade():
    op.create_table("pages", sa.Column("id", sa.Integer()))

def downgrade():
    op.drop_table("pages")
"""


def problems(template: Path) -> list[str]:
    """Return the problems in the files of a template's bundles."""
    catalog = read(template)
    return [str(problem) for problem in content_rules.find_problems(catalog, catalog.by_id)]


def write_file(template: Path, bundle: str, path: str, content: str | bytes) -> Path:
    """Write a file of a bundle, and return the template."""
    file = template / "extensions_catalog" / bundle / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return template


@pytest.mark.parametrize("bundle", read(ROOT).by_id)
def test_the_files_of_the_catalog_are_valid(bundle: str) -> None:
    assert [*content_rules.find_problems(read(ROOT), [bundle])] == []


def test_the_catalog_s_bundles_share_no_name() -> None:
    assert problems(ROOT) == []


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"\x89PNG\r\n", "Write text in UTF-8; other files cannot be rendered."),
        ("café".encode("latin-1"), "Write text in UTF-8"),
        ("a = 1\r\n", "End lines with LF, not with CRLF."),
        ("a = 1\n{% if x %}\n", "Remove the Jinja tag in line 2"),
        ("a = '{#'\n", "Remove the Jinja comment in line 1"),
        ("{# note #}\n", "Remove the Jinja comment in line 1"),
        ("a = {{ company }}\n", "Remove {{ company }}: copier.yml has no question of that name."),
        ("a = {{ package_name\n", "Correct the Jinja expression in line 1"),
        ("a = 1\ndef x(:\n", "Correct the Python in line 2"),
    ],
)
def test_a_file_that_cannot_be_rendered_is_a_problem(
    content: str | bytes, remedy: str, own_template: Path
) -> None:
    write_file(own_template, "page", "src/package/page.py", content)

    [problem] = problems(own_template)

    assert problem.startswith("extensions_catalog/page/src/package/page.py: file: ")
    assert remedy in problem


@pytest.mark.parametrize("path", ["GUIDE.md", "page/page.conf"])
def test_guides_and_files_at_the_top_may_have_tags(path: str, own_template: Path) -> None:
    text = "a\n{% if 'store' in selection %}\nb\n{% endif %}\n"

    assert problems(write_file(own_template, "page", path, text)) == []


@pytest.mark.parametrize("target", ["page.py", "../package", "missing.py"])
def test_a_symbolic_link_is_a_problem(target: str, own_template: Path) -> None:
    link = own_template / "extensions_catalog" / "page" / "src" / "package" / "link.py"
    link.symlink_to(target)

    assert problems(own_template) == [
        "extensions_catalog/page/src/package/link.py: file: Replace the symbolic link by a file."
    ]


@pytest.mark.parametrize(
    ("old", "new", "remedy"),
    [
        ('revision = "page_0001"', "", 'Write `revision = "page_0001"`, the name of the file.'),
        ('"page_0001"', '"page_1"', 'Write `revision = "page_0001"`, the name of the file.'),
        ("{{ file.down_revision }}", "None", "Write `down_revision = {{ file.down_revision }}`"),
        ("{{ file.down_revision }}", '"store_0001"', "Write `down_revision = {{ file."),
        ("def downgrade", "def undo", "Write the function downgrade()."),
        ('create_table("pages"', 'create_table("page"', "Add page, which a migration creates."),
        ('create_table("pages"', 'create_table("page"', "Remove pages: no migration creates it."),
    ],
)
def test_an_invalid_migration_is_a_problem(
    old: str, new: str, remedy: str, own_template: Path
) -> None:
    write_bundle(own_template, "page", **BUNDLES["page"], tables=["pages"])
    path = "migrations/versions/page_0001.py"
    assert problems(write_file(own_template, "page", path, MIGRATION)) == []

    write_file(own_template, "page", path, MIGRATION.replace(old, new))

    assert remedy in "\n".join(problems(own_template))


@pytest.mark.parametrize(
    ("path", "content", "remedy"),
    [
        (
            "tests/support/fixtures/{}.py",
            "@pytest.fixture\ndef printer(): ...\n",
            "Rename the fixture printer: store has one of that name.",
        ),
        (
            "src/package/{}.py",
            'blueprint = Blueprint("shop", __name__)\n',
            "Rename the blueprint shop: store has one of that name.",
        ),
        (
            "src/package/{}.py",
            'group = AppGroup("shop")\n',
            "Rename the command group shop: store has one of that name.",
        ),
    ],
)
def test_bundles_must_not_share_a_name(
    path: str, content: str, remedy: str, own_template: Path
) -> None:
    for bundle in ("store", "tasks"):
        write_file(own_template, bundle, path.format(bundle), content)

    assert remedy in "\n".join(problems(own_template))


def test_a_guide_must_describe_the_hooks_that_its_bundle_collects(own_template: Path) -> None:
    write_bundle(own_template, "page", **BUNDLES["page"], collects=["menu"])

    [problem] = problems(own_template)
    assert problem.startswith("extensions_catalog/page/GUIDE.md: file: Describe the hook `menu`")

    write_file(own_template, "page", "GUIDE.md", "# Pages\n\nA part may define `menu()`.\n")
    assert problems(own_template) == []


@pytest.mark.parametrize(
    ("function", "remedy"),
    [
        ("def settings(): ...", "Write `def settings(env)`, as the hook is called."),
        ("def probe(url): ...", "Write `def probe()`, as the hook is called."),
        ("def probe(*, url): ...", "Write `def probe()`, as the hook is called."),
        ("def post_worker_init(app): ...", "Write `def post_worker_init(app, draining)`, as"),
        ("def menu(user): ...", "Write `def menu()`, as the hook is called."),
        (
            "def setting(env): ...",
            "Rename setting(): its name is nearly that of the hook settings()",
        ),
        ("def menus(): ...", "Rename menus(): its name is nearly that of the hook menu()."),
        ("def settings(_env): ...", ""),
        ("def probe(url=None): ...", ""),
        ("def post_worker_init(*arguments): ...", ""),
        ("def _settings(env): ...", ""),  # not public
        ("def menus(user): ...", ""),  # cannot be meant as the hook
    ],
)
def test_a_hook_must_accept_the_arguments_with_which_it_is_called(
    function: str, remedy: str, own_template: Path
) -> None:
    write_bundle(own_template, "page", **BUNDLES["page"], collects=["menu"])
    write_file(own_template, "page", "GUIDE.md", "# Pages\n\nA part may define `menu()`.\n")
    modules = ["src/package/store.py", "src/package/store/__init__.py"]
    for module in modules:
        write_file(own_template, "store", module, f"{function}\n")

    found = problems(own_template)

    expected = [f"extensions_catalog/store/{module}: file: {remedy}" for module in modules]
    assert len(found) == (2 if remedy else 0)
    assert all(map(str.startswith, found, expected))


def test_the_catalog_command_checks_the_files_of_a_bundle(own_template: Path, invoke: Run) -> None:
    write_file(own_template, "page", "src/package/page.py", "{% if x %}")

    result = invoke("catalog", "page", "--template", own_template)

    assert result.returncode == 1
    assert (
        "extensions_catalog/page/src/package/page.py: file: Remove the Jinja tag" in result.stderr
    )
