"""The merge of `.env.example` and `parts.py`: a test for each rule."""

from flaskwright.merge import merge
from tests.life.format_examples import check, text

PLAIN = """
# Copy to .env.

# --- service ---

# Signs.
# SECRET_KEY=

# How long.
# DRAIN_SECONDS=2
"""
CACHE = """
# --- cache ---

# Where responses are cached.
# CACHE_URL=
# CACHE_SECONDS=60
"""


def test_a_variable_of_the_user_stays_in_its_section() -> None:
    check(
        ".env.example",
        PLAIN,
        PLAIN + "MINE=1 # why\n\n# Mine, too.\nOTHER='a # b'\n",
        PLAIN.replace("Signs.", "Signs it.") + CACHE,
        PLAIN.replace("Signs.", "Signs it.")
        + "MINE=1 # why\n\n# Mine, too.\nOTHER='a # b'\n"
        + CACHE,
    )


def test_the_users_variable_in_a_removed_section_is_kept() -> None:
    check(
        ".env.example",
        PLAIN + CACHE,
        PLAIN + CACHE.replace("# CACHE_SECONDS", "MINE=1\n# CACHE_SECONDS"),
        PLAIN,
        PLAIN + "MINE=1\n",
    )


def test_a_new_variable_that_the_user_has_is_not_repeated() -> None:
    check(
        ".env.example",
        PLAIN,
        PLAIN + "\nCACHE_URL=redis://mine\n",
        PLAIN + CACHE,
        PLAIN + "\n# --- cache ---\n\nCACHE_URL=redis://mine\n# CACHE_SECONDS=60\n",
        "CACHE_URL: kept your redis://mine; the template has # CACHE_URL=",
    )
    check(
        ".env.example",
        PLAIN,
        PLAIN + "\nCACHE_URL=redis://mine\nCACHE_SECONDS=1\n",
        PLAIN + CACHE,
        PLAIN + "\nCACHE_URL=redis://mine\nCACHE_SECONDS=1\n",
        "CACHE_URL: kept your redis://mine; the template has # CACHE_URL=",
        "CACHE_SECONDS: kept your 1; the template has # CACHE_SECONDS=60",
    )


def test_a_removed_variable_that_the_user_set_is_kept_with_its_comment() -> None:
    check(
        ".env.example",
        PLAIN + CACHE,
        PLAIN + CACHE.replace("# CACHE_URL=", "CACHE_URL=redis://mine # mine"),
        PLAIN,
        PLAIN + "\n# Where responses are cached.\nCACHE_URL=redis://mine # mine\n",
        "CACHE_URL: kept because you edited it; the template removed it",
    )


def test_the_template_changes_its_own_line_of_a_variable_that_the_user_set() -> None:
    ours = PLAIN.replace("# SECRET_KEY=", "SECRET_KEY=mine\n# SECRET_KEY=")
    newer = ("# SECRET_KEY=", "# SECRET_KEY=new")

    check(".env.example", PLAIN, ours, PLAIN.replace(*newer), ours.replace(*newer))


def test_a_removed_variable_that_the_user_set_on_a_second_line_is_kept() -> None:
    check(
        ".env.example",
        PLAIN + CACHE,
        PLAIN + CACHE.replace("# CACHE_URL=", "# CACHE_URL=\nCACHE_URL=redis://mine"),
        PLAIN,
        PLAIN + "CACHE_URL=redis://mine\n",
    )


def test_the_users_comment_on_a_removed_variable_is_kept() -> None:
    check(
        ".env.example",
        PLAIN + CACHE,
        PLAIN + CACHE.replace("# Where", "# Mine.\n# Where"),
        PLAIN,
        PLAIN + "# Mine.\n",
    )


PARTS = '''
"""The parts of this service."""

from . import (
    edge,
    logs,
)

PARTS: tuple[object, ...] = (
    logs,
    edge,  # last
)


def call() -> None:
    """Call."""
'''


def parts(source: str, *names: str) -> str:
    """Return the module with parts before the last one, and their imports in order."""
    for name in names:
        source = source.replace("    edge,  # last", f"    {name},\n    edge,  # last")
        head, imports, tail = source.partition("import (\n")
        imported, end, rest = tail.partition(")")
        lines = sorted([*imported.splitlines(), f"    {name},"])
        source = head + imports + "\n".join([*lines, ""]) + end + rest
    return source


def test_parts_of_the_user_and_the_template_are_merged_in_order() -> None:
    check(
        "src/sample/parts.py",
        parts(PARTS, "cache"),
        parts(PARTS, "cache", "billing"),
        parts(PARTS, "api", "database").replace("Call.", "Call all."),
        parts(PARTS, "api", "database", "billing").replace("Call.", "Call all."),
    )


def test_a_part_after_the_templates_last_stays_last() -> None:
    mine = ("    edge,  # last\n", "    edge,  # last\n    # mine\n    own,  # why\n")
    imports = ("    logs,\n)", "    logs,\n    own,\n)")

    check(
        "src/sample/parts.py",
        PARTS,
        PARTS.replace(*mine).replace(*imports),
        parts(PARTS, "api"),
        parts(PARTS, "api").replace(*mine).replace(*imports),
    )


def test_parts_that_the_template_moves_are_moved() -> None:
    moved = (parts(PARTS, "cache", "api"), parts(PARTS, "api", "cache"))

    check(
        "src/sample/parts.py",
        moved[0],
        parts(PARTS, "cache", "own", "api"),
        moved[1],
        parts(PARTS, "api", "own", "cache"),
    )
    check(
        "src/sample/parts.py",
        "from . import (a, b)\n\nPARTS = (\n    a,\n    b,\n)\n",
        "from . import (a, b)\n\nPARTS = (a, b)  # mine\n",
        "from . import (a, b)\n\nPARTS = (\n    b,\n    a,\n)\n",
        "from . import (a, b)\n\nPARTS = (b, a)  # mine\n",
    )
    assert merge(
        "src/sample/parts.py",
        text(moved[0]),
        text(moved[0].replace("    logs,\n    cache,", "    cache,\n    logs,")),
        text(moved[1]),
    ).conflict


def test_the_users_order_of_parts_is_kept() -> None:
    own = ("    logs,\n    edge,  # last\n", "    edge,  # last\n    logs,\n")

    check(
        "src/sample/parts.py",
        PARTS,
        PARTS.replace(*own),
        parts(PARTS, "api"),
        parts(PARTS, "api").replace(
            "    logs,\n    api,\n    edge,  # last\n", "    edge,  # last\n    logs,\n    api,\n"
        ),
    )


def test_lists_on_one_line_stay_on_one_line() -> None:
    one_line = PARTS.replace("import (\n    edge,\n    logs,\n)", "import edge, logs, own").replace(
        "(\n    logs,\n    edge,  # last\n)", "(logs, own, edge)"
    )

    check(
        "src/sample/parts.py",
        PARTS,
        one_line,
        parts(PARTS, "api"),
        one_line.replace("edge, logs, own", "api, edge, logs, own").replace(
            "(logs, own, edge)", "(logs, api, own, edge)"
        ),
    )


def test_a_module_without_the_list_of_parts_is_merged_as_text() -> None:
    ours = PARTS.replace("PARTS: tuple[object, ...] = (", "LIST = (")

    done = merge("src/sample/parts.py", text(PARTS), text(ours), text(PARTS + "# new\n"))

    assert done.content == text(ours + "# new\n")
    assert done.notes == (
        "merged as plain text, because a version cannot be parsed: "
        "expected one `from . import` and below it one PARTS tuple",
    )


def test_code_that_both_changed_is_a_conflict() -> None:
    ours, theirs = PARTS.replace("Call.", "Mine."), parts(PARTS, "api").replace("Call.", "New.")

    done = merge("src/sample/parts.py", text(PARTS), text(ours), text(theirs))

    assert done.conflict
    assert b'\n<<<<<<< yours\n    """Mine."""\n||||||| base\n' in done.content
