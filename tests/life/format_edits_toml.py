"""Edits of `pyproject.toml`."""

import re
from collections.abc import Callable

from tests.life.format_edits import Edit, Given, after, at_end, before, kind, substitute, swap

edits_toml = kind("pyproject.toml")
DEPENDENCY = r'^ +"[a-z][^"]*[<>=]'


def _in_array(name: str, change: Callable[[list[str]], list[str]]) -> Edit:
    """Change the items of an array with an item a line."""

    def edit(text: str) -> str | None:
        found = re.search(rf"^{name} = \[[^\n]*\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
        if not found:
            return None
        items = change(found[1].splitlines(keepends=True))
        return text[: found.start(1)] + "".join(items) + text[found.end(1) :]

    return edit


def _uv_add(name: str, requirement: str) -> Edit:
    line = f'    "{requirement}",\n'
    return _in_array(name, lambda items: sorted([*items, line], key=str.lower))


def _one_line(name: str) -> Edit:
    """Put an array on one line, if there is no comment in it."""

    def edit(text: str) -> str | None:
        found = re.search(rf"^{name} = \[\n([^#\n]*\n)*?\]", text, re.MULTILINE)
        if not found:
            return None
        items = ", ".join(re.findall(r'"[^"\n]*"', found[0]))
        return text[: found.start()] + f"{name} = [{items}]" + text[found.end() :]

    return edit


@edits_toml
def dependency_sorted(given: Given) -> Edit | None:
    letter = given.random.choice("abcdefghijklmnopqrstuvwxyz")
    return _uv_add("dependencies", f"{letter}-{given.token}>=1.2,<2")


@edits_toml
def dependency_appended(given: Given) -> Edit | None:
    return _in_array("dependencies", lambda items: [*items, f'    "{given.token}>=1",\n'])


@edits_toml
def dependency_first(given: Given) -> Edit | None:
    return _in_array("dependencies", lambda items: [f'    "{given.token}",\n', *items])


@edits_toml
def dependency_anywhere(given: Given) -> Edit | None:
    return after(given.line(DEPENDENCY, common=True), f'    "{given.token}>=1",')


@edits_toml
def dependency_without_comma(given: Given) -> Edit | None:
    return _in_array("dependencies", lambda items: [*items, f'    "{given.token}>=1"\n'])


@edits_toml
def dev_dependency(given: Given) -> Edit | None:
    letter = given.random.choice("abcdefghijklmnopqrstuvwxyz")
    return _uv_add("dev", f"{letter}-{given.token}>=1.2,<2")


@edits_toml
def dependency_comment_above(given: Given) -> Edit | None:
    return before(given.line(DEPENDENCY), f"    # {given.token}")


@edits_toml
def dependency_comment_behind(given: Given) -> Edit | None:
    line = given.line(DEPENDENCY)
    return swap(line, f"{line} # {given.token}")


@edits_toml
def bound_changed(given: Given) -> Edit | None:
    line = given.line(DEPENDENCY + r".*<")
    return swap(line, f"{line}".rsplit("<", 1)[0] + f'<99",  # {given.token}')


@edits_toml
def dependency_removed(given: Given) -> Edit | None:
    return swap(given.line(DEPENDENCY), f"    # {given.token}")


@edits_toml
def dependency_of_the_bundle(given: Given) -> Edit | None:
    line = given.brought(DEPENDENCY)
    name = line and re.split(r"[<>=\[]", line.strip().strip('",'))[0]
    bound = given.random.choice([">=1", ">=5,<6"])
    new = f'    "{name}{bound}", # {given.token}\n'
    return _in_array("dependencies", lambda items: [*items, new]) if line else None


@edits_toml
def same_dependency_as_the_bundle(given: Given) -> Edit | None:
    line = given.brought(DEPENDENCY)
    new = f"{line} # {given.token}\n"
    return _in_array("dependencies", lambda items: sorted([*items, new])) if line else None


@edits_toml
def dependencies_on_one_line(_given: Given) -> Edit | None:
    return _one_line("dependencies")


@edits_toml
def dev_on_one_line(_given: Given) -> Edit | None:
    return _one_line("dev")


@edits_toml
def forbidden_on_one_line(_given: Given) -> Edit | None:
    return _one_line("forbidden_modules")


@edits_toml
def items_on_shared_lines(_given: Given) -> Edit | None:
    return substitute(r'^(dependencies = \[\n    "[^"#\n]*"),\n +("[^"]*"),$', r"\1, \2,")


@edits_toml
def indented_by_two(_given: Given) -> Edit | None:
    return lambda text: text.replace('\n    "', '\n  "')


@edits_toml
def own_table_at_the_end(given: Given) -> Edit | None:
    return at_end("", f"[tool.{given.token}]", "key = 1 # why")


@edits_toml
def own_table_amid(given: Given) -> Edit | None:
    header = given.line(r"^\[tool.[a-z.]+\]$", common=True)
    return before(header, f"[tool.{given.token}]", 'key = ["a"]', "")


@edits_toml
def scripts(given: Given) -> Edit | None:
    return before("[dependency-groups]", "[project.scripts]", f'{given.token} = "sample:main"', "")


@edits_toml
def key_in_a_table(given: Given) -> Edit | None:
    header = given.line(r"^\[tool\.[a-z.]+\]$", common=True)
    return after(header, f"{given.token} = true")


@edits_toml
def key_at_the_end_of_mypy(given: Given) -> Edit | None:
    return after('files = ["src", "tests"]', f"{given.token} = true")


@edits_toml
def key_beside_the_bundles_own(given: Given) -> Edit | None:
    line = given.line(r"^(disallow_untyped_decorators|implicit_reexport) ")
    return after(line, f"{given.token} = true")


@edits_toml
def rule_on_one_line(given: Given) -> Edit | None:
    return substitute(r"^(select = \[.*?)\]$", rf'\1, "{given.token}"]')


@edits_toml
def untyped_library(given: Given) -> Edit | None:
    return substitute(r"^(untyped_calls_exclude = \[.*?)\]$", rf'\1, "{given.token}"]')


@edits_toml
def module_in_the_override(given: Given) -> Edit | None:
    return substitute(r"^(module = \[\n)", rf'\1    "{given.token}.*",\n')


@edits_toml
def own_override(given: Given) -> Edit | None:
    new = [
        "[[tool.mypy.overrides]]",
        f'module = "{given.token}.*"',
        "ignore_missing_imports = true",
    ]
    return before("[tool.pytest.ini_options]", *new, "")


@edits_toml
def own_contract(given: Given) -> Edit | None:
    contract = ["[[tool.importlinter.contracts]]", f'name = "{given.token}"', 'type = "layers"']
    return at_end("", *contract, 'layers = ["sample.wsgi", "sample.logs"]')


@edits_toml
def contract_loosened(given: Given) -> Edit | None:
    name = given.line(r"^name = .* (knows|reaches) ")
    return after(name, f'ignore_imports = ["sample.{given.token} -> sample.logs"]')


@edits_toml
def unused_dependency(given: Given) -> Edit | None:
    return _in_array("DEP002", lambda items: sorted([*items, f'    "{given.token}",\n']))


@edits_toml
def value_changed(given: Given) -> Edit | None:
    return substitute("^line-length = 100$", f"line-length = 88 # {given.token}")


@edits_toml
def comment_above_a_table(given: Given) -> Edit | None:
    return before(given.line(r"^\[+tool\.[a-z.]+\]+$"), f"# {given.token}")


@edits_toml
def comment_at_the_end(given: Given) -> Edit | None:
    return at_end("", f"# {given.token}")


@edits_toml
def comment_behind_a_list(given: Given) -> Edit | None:
    return substitute(r"^(dependencies = \[.*?^\])$", rf"\1 # {given.token}")
