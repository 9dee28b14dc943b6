"""Edits of `pyproject.toml`."""

import re
from collections.abc import Callable

from tests.life.format_edits import (
    TextContext,
    TextEdit,
    append_lines,
    edit_kind,
    insert_after,
    insert_before,
    replace_first,
    replace_line,
)

edits_toml = edit_kind("pyproject.toml")
DEPENDENCY = r'^ +"[a-z][^"]*[<>=]'


def _in_array(name: str, change: Callable[[list[str]], list[str]]) -> TextEdit:
    """Return an edit of an array that has one item per line."""

    def edit(text: str) -> str | None:
        found = re.search(rf"^{name} = \[[^\n]*\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
        if not found:
            return None
        items = change(found[1].splitlines(keepends=True))
        return text[: found.start(1)] + "".join(items) + text[found.end(1) :]

    return edit


def _uv_add(name: str, requirement: str) -> TextEdit:
    """Insert a requirement in alphabetical order, as `uv add` does."""
    line = f'    "{requirement}",\n'
    return _in_array(name, lambda items: sorted([*items, line], key=str.lower))


def _one_line(name: str) -> TextEdit:
    """Return an edit that puts an array without comments on one line."""

    def edit(text: str) -> str | None:
        found = re.search(rf"^{name} = \[\n([^#\n]*\n)*?\]", text, re.MULTILINE)
        if not found:
            return None
        items = ", ".join(re.findall(r'"[^"\n]*"', found[0]))
        return text[: found.start()] + f"{name} = [{items}]" + text[found.end() :]

    return edit


@edits_toml
def dependency_sorted(context: TextContext) -> TextEdit | None:
    letter = context.random.choice("abcdefghijklmnopqrstuvwxyz")
    return _uv_add("dependencies", f"{letter}-{context.token}>=1.2,<2")


@edits_toml
def dependency_appended(context: TextContext) -> TextEdit | None:
    return _in_array("dependencies", lambda items: [*items, f'    "{context.token}>=1",\n'])


@edits_toml
def dependency_first(context: TextContext) -> TextEdit | None:
    return _in_array("dependencies", lambda items: [f'    "{context.token}",\n', *items])


@edits_toml
def dependency_anywhere(context: TextContext) -> TextEdit | None:
    return insert_after(context.line(DEPENDENCY, common=True), f'    "{context.token}>=1",')


@edits_toml
def dependency_without_comma(context: TextContext) -> TextEdit | None:
    return _in_array("dependencies", lambda items: [*items, f'    "{context.token}>=1"\n'])


@edits_toml
def dev_dependency(context: TextContext) -> TextEdit | None:
    letter = context.random.choice("abcdefghijklmnopqrstuvwxyz")
    return _uv_add("dev", f"{letter}-{context.token}>=1.2,<2")


@edits_toml
def dependency_comment_above(context: TextContext) -> TextEdit | None:
    return insert_before(context.line(DEPENDENCY), f"    # {context.token}")


@edits_toml
def dependency_comment_after(context: TextContext) -> TextEdit | None:
    line = context.line(DEPENDENCY)
    return replace_line(line, f"{line} # {context.token}")


@edits_toml
def bound_changed(context: TextContext) -> TextEdit | None:
    line = context.line(DEPENDENCY + r".*<")
    return replace_line(line, f"{line}".rsplit("<", 1)[0] + f'<99",  # {context.token}')


@edits_toml
def dependency_removed(context: TextContext) -> TextEdit | None:
    return replace_line(context.line(DEPENDENCY), f"    # {context.token}")


@edits_toml
def dependency_of_the_bundle(context: TextContext) -> TextEdit | None:
    line = context.new_line(DEPENDENCY)
    name = line and re.split(r"[<>=\[]", line.strip().strip('",'))[0]
    bound = context.random.choice([">=1", ">=5,<6"])
    new = f'    "{name}{bound}", # {context.token}\n'
    return _in_array("dependencies", lambda items: [*items, new]) if line else None


@edits_toml
def same_dependency_as_the_bundle(context: TextContext) -> TextEdit | None:
    line = context.new_line(DEPENDENCY)
    new = f"{line} # {context.token}\n"
    return _in_array("dependencies", lambda items: sorted([*items, new])) if line else None


@edits_toml
def dependencies_on_one_line(_given: TextContext) -> TextEdit | None:
    return _one_line("dependencies")


@edits_toml
def dev_on_one_line(_given: TextContext) -> TextEdit | None:
    return _one_line("dev")


@edits_toml
def forbidden_on_one_line(_given: TextContext) -> TextEdit | None:
    return _one_line("forbidden_modules")


@edits_toml
def items_on_shared_lines(_given: TextContext) -> TextEdit | None:
    return replace_first(r'^(dependencies = \[\n    "[^"#\n]*"),\n +("[^"]*"),$', r"\1, \2,")


@edits_toml
def indented_by_two(_given: TextContext) -> TextEdit | None:
    return lambda text: text.replace('\n    "', '\n  "')


@edits_toml
def own_table_at_the_end(context: TextContext) -> TextEdit | None:
    return append_lines("", f"[tool.{context.token}]", "key = 1 # why")


@edits_toml
def own_table_in_the_middle(context: TextContext) -> TextEdit | None:
    header = context.line(r"^\[tool.[a-z.]+\]$", common=True)
    return insert_before(header, f"[tool.{context.token}]", 'key = ["a"]', "")


@edits_toml
def scripts(context: TextContext) -> TextEdit | None:
    return insert_before(
        "[dependency-groups]", "[project.scripts]", f'{context.token} = "sample:main"', ""
    )


@edits_toml
def key_in_a_table(context: TextContext) -> TextEdit | None:
    header = context.line(r"^\[tool\.[a-z.]+\]$", common=True)
    return insert_after(header, f"{context.token} = true")


@edits_toml
def key_at_the_end_of_mypy(context: TextContext) -> TextEdit | None:
    return insert_after('files = ["src", "tests"]', f"{context.token} = true")


@edits_toml
def key_beside_a_key_of_a_bundle(context: TextContext) -> TextEdit | None:
    line = context.line(r"^(disallow_untyped_decorators|implicit_reexport) ")
    return insert_after(line, f"{context.token} = true")


@edits_toml
def rule_on_one_line(context: TextContext) -> TextEdit | None:
    return replace_first(r"^(select = \[.*?)\]$", rf'\1, "{context.token}"]')


@edits_toml
def untyped_library(context: TextContext) -> TextEdit | None:
    return replace_first(r"^(untyped_calls_exclude = \[.*?)\]$", rf'\1, "{context.token}"]')


@edits_toml
def module_in_the_override(context: TextContext) -> TextEdit | None:
    return replace_first(r"^(module = \[\n)", rf'\1    "{context.token}.*",\n')


@edits_toml
def own_override(context: TextContext) -> TextEdit | None:
    new = [
        "[[tool.mypy.overrides]]",
        f'module = "{context.token}.*"',
        "ignore_missing_imports = true",
    ]
    return insert_before("[tool.pytest.ini_options]", *new, "")


@edits_toml
def own_contract(context: TextContext) -> TextEdit | None:
    contract = ["[[tool.importlinter.contracts]]", f'name = "{context.token}"', 'type = "layers"']
    return append_lines("", *contract, 'layers = ["sample.wsgi", "sample.logs"]')


@edits_toml
def contract_loosened(context: TextContext) -> TextEdit | None:
    name = context.line(r"^name = .* (knows|reaches) ")
    return insert_after(name, f'ignore_imports = ["sample.{context.token} -> sample.logs"]')


@edits_toml
def unused_dependency(context: TextContext) -> TextEdit | None:
    return _in_array("DEP002", lambda items: sorted([*items, f'    "{context.token}",\n']))


@edits_toml
def value_changed(context: TextContext) -> TextEdit | None:
    return replace_first("^line-length = 100$", f"line-length = 88 # {context.token}")


@edits_toml
def comment_above_a_table(context: TextContext) -> TextEdit | None:
    return insert_before(context.line(r"^\[+tool\.[a-z.]+\]+$"), f"# {context.token}")


@edits_toml
def comment_at_the_end(context: TextContext) -> TextEdit | None:
    return append_lines("", f"# {context.token}")


@edits_toml
def comment_after_a_list(context: TextContext) -> TextEdit | None:
    return replace_first(r"^(dependencies = \[.*?^\])$", rf"\1 # {context.token}")
