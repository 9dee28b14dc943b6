"""The merge of `pyproject.toml`: tables, and arrays of tables."""

from tests.life.format_examples import check


def test_tables_in_an_array_are_matched_by_name() -> None:
    check(
        "pyproject.toml",
        """
        [[contracts]]
        name = "a"
        forbidden = ["x"]

        [[contracts]]
        name = "kernel"
        forbidden = ["parts"]
        """,
        """
        [[contracts]]
        name = "a"
        forbidden = ["x"]

        [[contracts]]
        name = "kernel"
        forbidden = ["parts", "mine"]

        [[contracts]]
        name = "mine"
        """,
        """
        [[contracts]]
        name = "b"
        forbidden = ["x"]

        [[contracts]]
        name = "kernel"
        forbidden = ["parts", "new"]
        """,
        """
        [[contracts]]
        name = "b"
        forbidden = ["x"]

        [[contracts]]
        name = "kernel"
        forbidden = ["parts", "new", "mine"]

        [[contracts]]
        name = "mine"
        """,
    )


def test_overrides_without_names_are_matched_by_a_shared_module() -> None:
    check(
        "pyproject.toml",
        """
        [[tool.mypy.overrides]]
        module = [
            "factory",
            "metrics",
        ]
        implicit_reexport = true
        """,
        """
        [[tool.mypy.overrides]]
        module = "boto3.*"

        [[tool.mypy.overrides]]
        module = [
            "factory",
            "metrics",
            "mine",
        ]
        implicit_reexport = true
        """,
        """
        [[tool.mypy.overrides]]
        module = [
            "metrics",
            "smorest",
        ]
        implicit_reexport = false
        """,
        """
        [[tool.mypy.overrides]]
        module = "boto3.*"

        [[tool.mypy.overrides]]
        module = [
            "metrics",
            "mine",
            "smorest",
        ]
        implicit_reexport = false
        """,
    )


def test_an_edited_table_in_an_array_is_kept_whole_with_a_note() -> None:
    check(
        "pyproject.toml",
        """
        [[contracts]]
        name = "api"

        [[contracts]]
        name = "cache"
        type = "forbidden"

        [[contracts]]
        name = "kernel"
        """,
        """
        [[contracts]]
        name = "api"

        [[contracts]]
        name = "cache"
        type = "forbidden"
        ignore = ["mine"]

        [[contracts]]
        name = "kernel"
        """,
        """
        [[contracts]]
        name = "api"

        [[contracts]]
        name = "kernel"
        """,
        """
        [[contracts]]
        name = "api"

        [[contracts]]
        name = "cache"
        type = "forbidden"
        ignore = ["mine"]

        [[contracts]]
        name = "kernel"
        """,
        "contracts.cache: kept because you edited it; the template removed it",
    )


def test_a_table_in_an_array_need_not_have_a_name() -> None:
    tables = "[[a]]\nname = 3\n\n[[a]]\nmodule = []\n\n[[a]]\n\n[[a]]\n"
    last = "\n[b]\nkey = {}\n"

    check(
        "a.toml", last.format(1), tables + last.format(1), last.format(2), tables + last.format(2)
    )


def test_the_users_keys_of_a_removed_table_are_kept() -> None:
    check(
        "pyproject.toml",
        """
        [tool.a]
        key = 1

        [tool.b]
        key = 1
        other = 2 # theirs
        """,
        """
        [tool.a]
        key = 1

        # mine, on b
        [tool.b]
        own = 0
        key = 1
        other = 2 # mine
        """,
        """
        [tool.a]
        key = 1
        """,
        """
        [tool.a]
        key = 1

        # mine, on b
        [tool.b]
        own = 0
        # mine
        """,
    )


def test_a_new_table_is_inserted_after_its_related_table() -> None:
    check(
        "pyproject.toml",
        """
        [tool.mypy]
        strict = true
        """,
        """
        [tool.mypy]
        strict = true
        mine = true
        # on mypy

        [tool.mine]
        """,
        """
        [tool.mypy]
        strict = true
        loose = true

        [[tool.mypy.overrides]]
        module = "factory"
        """,
        """
        [tool.mypy]
        strict = true
        loose = true
        mine = true
        # on mypy

        [[tool.mypy.overrides]]
        module = "factory"

        [tool.mine]
        """,
    )
