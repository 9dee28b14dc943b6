"""The merge of `pyproject.toml`: a test for each rule of lists."""

from flaskwright.merge import merge
from tests.life.format_examples import check


def dependencies(*items: str) -> str:
    """Return a table with a list of dependencies, one item per line."""
    return "\n".join(["[project]", "dependencies = [", *(f"    {item}" for item in items), "]"])


def check_dependencies(
    base: list[str], ours: list[str], theirs: list[str], merged: list[str], *notes: str
) -> None:
    """Assert that the merge of three lists of dependencies is `merged`, with these notes."""
    check(
        "pyproject.toml", *(dependencies(*i) + "\n" for i in (base, ours, theirs, merged)), *notes
    )


def test_a_sorted_list_stays_sorted() -> None:
    check_dependencies(
        ['"flask>=3",', '"structlog>=26",'],
        ['"flask>=3",', '"httpx",', '"structlog>=26",'],
        ['"flask>=3",', '"marshmallow>=4",', '"structlog>=26",'],
        ['"flask>=3",', '"httpx",', '"marshmallow>=4",', '"structlog>=26",'],
    )


def test_the_users_order_is_kept() -> None:
    check_dependencies(
        ['"flask>=3",', '"structlog>=26",'],
        ['"structlog>=26",', '"flask>=3",'],
        ['"celery>=5",', '"flask>=3",', '"redis>=8",', '"structlog>=26",'],
        ['"celery>=5",', '"structlog>=26",', '"flask>=3",', '"redis>=8",'],
    )


def test_the_users_version_bound_is_kept_with_a_note() -> None:
    check_dependencies(
        ['"flask>=3",'],
        ['"Flask>=3,<3.2",', '"redis>=5",'],
        ['"flask>=3.1",', '"redis>=8,<9",'],
        ['"Flask>=3,<3.2",', '"redis>=5",'],
        "project.dependencies.flask: kept your 'Flask>=3,<3.2'; the template has 'flask>=3.1'",
        "project.dependencies.redis: kept your 'redis>=5'; the template has 'redis>=8,<9'",
    )


def test_a_merge_that_git_gets_wrong_is_corrected() -> None:
    middle = ['"b",', '"c",', '"d",', '"e",', '"f",', '"g",']

    check_dependencies(  # git would add redis twice
        middle,
        [*middle, '"redis>=5",'],
        ['"Redis>=8",', *middle],
        [*middle, '"redis>=5",'],
        "project.dependencies.redis: kept your 'redis>=5'; the template has 'Redis>=8'",
    )
    check_dependencies(
        [*middle, '"x",'],
        ['"a",', *middle, '"x",'],
        [*middle, '"w",', '"x",'],
        ['"a",', *middle, '"w",', '"x",'],
    )


def test_an_edited_dependency_of_a_removed_bundle_is_kept() -> None:
    check_dependencies(
        ['"celery>=5",', '"flask>=3",', '"redis>=8",'],
        ['"celery>=5",', '"flask>=3",', '"redis>=8,!=8.1",'],
        ['"flask>=3",'],
        ['"flask>=3",', '"redis>=8,!=8.1",'],
        "project.dependencies.redis: kept because you edited it; the template removed it",
    )


def test_an_item_that_the_user_removed_is_not_restored() -> None:
    check_dependencies(
        ['"flask>=3",', '"flower>=2",'],
        ['"flask>=3",'],
        ['"celery>=5",', '"flask>=3",', '"flower>=3",'],
        ['"celery>=5",', '"flask>=3",'],
        "project.dependencies.flower: not restored because you removed it; the template changed it",
    )


def test_comments_on_a_removed_item_are_kept() -> None:
    check_dependencies(
        ['"celery>=5",', '"flask>=3",', '"redis>=8",'],
        ["# above", '"celery>=5", # after', '"flask>=3", # mine', '"redis>=8",'],
        ['"flask>=3.1",', '"redis>=8",', '"sentry>=2",'],
        ["# above", "# after", '"flask>=3.1", # mine', '"redis>=8",', '"sentry>=2",'],
    )


def test_a_list_on_one_line_stays_on_one_line() -> None:
    check(
        "pyproject.toml",
        dependencies('"flask>=3",', '"redis>=8",') + "\n",
        '[project]\ndependencies = ["flask>=3", "httpx", "redis>=8"] # short\n',
        dependencies('"celery>=5",', '"flask>=3",') + "\n",
        '[project]\ndependencies = ["celery>=5", "flask>=3", "httpx"] # short\n',
    )


def test_a_list_that_the_user_split_into_lines_stays_so() -> None:
    check(
        "pyproject.toml",
        'a = ["x", "y"]\n',
        'a = [\n  "mine", # why\n  "x",\n  "y",\n]\n',
        'a = ["w", "y"]\n',
        'a = [\n  "mine", # why\n  "w",\n  "y",\n]\n',
    )


def test_comments_among_items_that_share_lines_are_kept() -> None:
    check_dependencies(
        ['"celery>=5",', '"flask>=3",', '"redis>=8",', '"sentry>=2",'],
        ['"flask>=3", "httpx", # mine', '"redis>=8",', '"sentry>=2",'],
        ['"celery>=5",', '"flask>=3",', '"sentry>=2",', '"tasks",'],
        ['"flask>=3", "httpx", # mine', '"sentry>=2",', '"tasks",'],
    )


def test_items_that_share_a_line_are_split() -> None:
    check(
        "pyproject.toml",
        dependencies('"flask>=3",', '"redis>=8",') + "\n",
        dependencies('"flask>=3", "httpx",', '"redis>=8"') + "\n",
        dependencies('"flask>=3",', '"redis>=8",', '"sentry>=2",') + "\n",
        dependencies('"flask>=3",', '"httpx",', '"redis>=8",', '"sentry>=2",') + "\n",
    )


def test_a_comma_is_added_after_a_last_item_without_one() -> None:
    check_dependencies(
        ['"flask>=3",', '"redis>=8",'],
        ['"flask>=3",', '"redis>=8"  # last'],
        ['"flask>=3",', '"redis>=8",', '"sentry>=2",'],
        ['"flask>=3",', '"redis>=8",  # last', '"sentry>=2",'],
    )


def test_a_requirement_may_occur_twice() -> None:
    check_dependencies(
        ['"celery>=5",', '"flask>=3",'],
        ['"celery>=5",', "\"flask>=3; os_name == 'nt'\",", "\"flask>=2; os_name != 'nt'\","],
        ['"flask>=3",'],
        ["\"flask>=3; os_name == 'nt'\",", "\"flask>=2; os_name != 'nt'\","],
    )


def test_a_list_that_the_user_emptied_gets_new_items() -> None:
    check_dependencies(['"flask>=3",'], [], ['"flask>=3",', '"redis",'], ['"redis",'])


def test_invalid_toml_is_merged_as_text() -> None:
    base = b"[a]\nb = 1\nc = 1\nd = 1\ne = 1\n"

    far = merge("a.toml", base, base.replace(b"e = 1", b"e = "), base.replace(b"b = 1", b"b = 2"))
    near = merge("a.toml", base, base.replace(b"b = 1", b"b = "), base.replace(b"b = 1", b"b = 2"))

    assert far.content == b"[a]\nb = 2\nc = 1\nd = 1\ne = \n"
    assert (far.conflict, near.conflict) == (False, True)
    assert far.notes[0].startswith(
        "merged as plain text, because a version cannot be parsed: Invalid value"
    )
