"""The merge of one file: unedited files, plain text, and equal meaning."""

import pytest

from flaskwright.merge import merge, same_meaning
from tests.life.format_examples import check


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        (b"a\n", b"a\n", b"b\n", b"b\n"),
        (b"a\n", b"b\n", b"b\n", b"b\n"),
        (b"a\n", b"b\n", b"a\n", b"b\n"),
        (b"a\r\n", b"a\r\n", b"b\n", b"b\n"),  # unedited: theirs, byte for byte
        (b"a\nb\n", b"a\r\nb\r\n", b"a\nc\n", b"a\r\nc\r\n"),  # edited: ours keeps its line ends
        (b"a\nb\n", b"a\r\nb\r\n", b"a\nb\n", b"a\r\nb\r\n"),
        (b"a\nb\nc\n", b"a\r\nb\nc\r\n", b"a\nb\nc\nd\n", b"a\r\nb\nc\r\nd\r\n"),  # line by line
        (b"a\nb\n", b"a\nb", b"c\nb\n", b"c\nb"),
        (b"a\nb\n", b"\xef\xbb\xbfa\nb\n", b"c\nb\n", b"\xef\xbb\xbfc\nb\n"),
        (b"\0a", b"\0a", b"\0b", b"\0b"),
        (b"", b"a\n", b"a\n", b"a\n"),
    ],
)
def test_a_merge_without_conflict(base: bytes, ours: bytes, theirs: bytes, merged: bytes) -> None:
    done = merge("notes.txt", base, ours, theirs)

    assert (done.content, done.conflict, done.notes) == (merged, False, ())


@pytest.mark.parametrize("ours", [b"mine \0", b"mine \xff"])
def test_a_binary_file_that_both_changed_is_kept_as_a_conflict(ours: bytes) -> None:
    done = merge("logo.toml", b"a", ours, b"b")

    assert done.content == ours
    assert done.conflict
    assert done.notes == (
        "not a UTF-8 text file: your version was kept, the template's was not applied",
    )


def test_a_conflict_shows_all_three_versions() -> None:
    done = merge("notes.txt", b"a\nb\nc\n", b"a\nmine\nc\n", b"a\nnew\nc\n")

    assert done.conflict
    assert done.content.decode() == (
        "a\n<<<<<<< yours\nmine\n||||||| base\nb\n=======\nnew\n>>>>>>> template\nc\n"
    )


def test_markers_of_an_earlier_conflict_are_merged_as_text() -> None:
    earlier = b"<<<<<<< yours\nx\n=======\ny\n>>>>>>> template\n"

    done = merge("notes.txt", b"a\nb\nc\nd\n", earlier + b"a\nb\nc\nd\n", b"a\nb\nc\nnew\n")

    assert (done.content, done.conflict) == (earlier + b"a\nb\nc\nnew\n", False)


def test_the_environment_of_a_git_hook_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")

    assert (
        merge("notes.txt", b"a\nb\nc\n", b"x\na\nb\nc\n", b"a\nb\nd\n").content == b"x\na\nb\nd\n"
    )


def test_new_lines_of_a_list_are_merged_with_the_users_lines() -> None:
    check(
        "README.md",
        """
        - api
        - edge

        ## Settings
        """,
        """
        - api
        - mine
        - edge
        - last

        ## Settings
        """,
        """
        - api
        - cache
        - edge
        - tasks

        ## Settings

        ## Processes
        """,
        """
        - api
        - cache
        - mine
        - edge
        - tasks
        - last

        ## Settings

        ## Processes
        """,
    )


def test_a_new_paragraph_follows_one_that_the_user_continued() -> None:
    check("README.md", "a\nb\n", "a\nb\nmine\n", "a\nb\n\nnew\n", "a\nb\nmine\n\nnew\n")


def test_an_edited_line_that_the_template_removed_is_kept_with_a_note() -> None:
    check(
        "README.md",
        """
        - api
        - cache
        - edge
        """,
        """
        - api
        - cache, which we do not use
        - edge
        """,
        """
        - api
        - edge
        """,
        """
        - api
        - cache, which we do not use
        - edge
        """,
        "kept because you edited it: - cache, which we do not use",
    )


@pytest.mark.parametrize("path", ["README.md", "src/sample/views.py"])
def test_a_line_that_both_changed_is_a_conflict(path: str) -> None:
    assert merge(path, b"a = 1\n", b"a = 2\n", b"a = 3\n").conflict


def test_lines_of_code_are_not_merged_as_a_list() -> None:
    done = merge("src/sample/views.py", b"a()\n", b"a()\nmine()\n", b"a()\nnew()\n")

    assert done.conflict


def test_a_merge_to_invalid_python_is_a_conflict() -> None:
    base = b"f(\n    a,\n    # 1\n    # 2\n    # 3\n)\n"
    keyword = base.replace(b"a,", b"a=1,")
    positional = base.replace(b"3\n", b"3\n    b,\n")

    done = merge("views.py", base, keyword, positional)

    assert done.conflict
    assert done.notes == ("the merged file would not be valid Python",)
    assert not merge("views.txt", base, keyword, positional).conflict


@pytest.mark.parametrize(
    ("path", "one", "other", "same"),
    [
        ("a.py", "a = 'x'\n", 'a = (\n    "x"\n)\n', True),
        ("a.py", "a = 1\r\n", "a = 1\n", True),
        ("a.py", "a = 1  # why\n", "a = 1 # why\n", True),
        ("a.py", "a = 1  # why\n", "a = 1\n", False),
        ("a.py", "a = 1\n", "a = 2\n", False),
        ("a.py", "a =\n", "a = 1\n", False),
        ("a.py", "a = (\n", "a = 1\n", False),
        ("a.py", "  a\n b\n", "a = 1\n", False),
        ("a.py", "a =\r\n", "a =\n", True),
        ("a.toml", "a = 1\r\n", "a = 1\n", True),
        ("a.toml", "a = 1\n", "a=1\n", False),
        ("a.bin", "\0\r\n", "\0\n", False),
        ("a.bin", "\0", "\0", True),
    ],
)
def test_meaning_is_compared_by_format(path: str, one: str, other: str, same: bool) -> None:
    assert same_meaning(path, one.encode(), other.encode()) is same
