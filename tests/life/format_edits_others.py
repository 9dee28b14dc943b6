"""Edits of `.env.example`, `parts.py`, and files that are merged line by line."""

import re

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

edits_env = edit_kind(".env.example")
edits_parts = edit_kind("src/sample/parts.py")
edits_readme = edit_kind("README.md")
edits_make = edit_kind("Makefile")
edits_docker = edit_kind("Dockerfile")
edits_ignore = edit_kind(".dockerignore")
VARIABLE = r"^# [A-Z_]+="


@edits_env
def variable_in_a_section(context: TextContext) -> TextEdit | None:
    return insert_after(
        context.line(VARIABLE, common=True), f"{context.token.upper()}=1 # {context.token}"
    )


@edits_env
def variable_with_comment(context: TextContext) -> TextEdit | None:
    new = ["", f"# Its purpose: {context.token}.", f"# {context.token.upper()}=1"]
    return insert_after(context.line(VARIABLE, common=True), *new)


@edits_env
def variable_at_the_end(context: TextContext) -> TextEdit | None:
    return append_lines(f"{context.token.upper()}=1 # {context.token}")


@edits_env
def section_at_the_end(context: TextContext) -> TextEdit | None:
    return append_lines("", f"# --- {context.token} ---", "", f"# {context.token.upper()}=")


@edits_env
def variable_changed(context: TextContext) -> TextEdit | None:
    line = context.line(VARIABLE)
    return replace_line(line, f"{line}".split("=")[0] + f"={context.token}") if line else None


@edits_env
def variable_uncommented(context: TextContext) -> TextEdit | None:
    line = context.line(VARIABLE)
    return replace_line(line, f"{line}"[2:].split("=")[0] + f"={context.token}") if line else None


@edits_env
def variable_set_below(context: TextContext) -> TextEdit | None:
    line = context.line(VARIABLE)
    return insert_after(line, f"{line}"[2:].split("=")[0] + f"={context.token}") if line else None


@edits_env
def variable_deleted(context: TextContext) -> TextEdit | None:
    return replace_line(context.line(VARIABLE), f"# {context.token}")


@edits_env
def comment_above_a_variable(context: TextContext) -> TextEdit | None:
    return insert_before(context.line(VARIABLE), f"# {context.token}")


@edits_env
def comment_inside_a_comment(context: TextContext) -> TextEdit | None:
    return insert_after(context.line(r"^# [A-Z][a-z].*[a-z]$"), f"# {context.token}")


@edits_env
def comment_at_the_end_of_env(context: TextContext) -> TextEdit | None:
    return append_lines("", f"# {context.token}")


@edits_env
def variable_of_the_bundle(context: TextContext) -> TextEdit | None:
    line = context.new_line(VARIABLE)
    name = f"{line}"[2:].split("=")[0]
    if not line or f"{name}=" in context.base:
        return None
    return append_lines(f"{name}={context.token}")


@edits_parts
def part_at_the_end(context: TextContext) -> TextEdit | None:
    return _part(context, r"((?:edge|middleware),[^\n]*\n)\)", r"\1    {0},\n)")


@edits_parts
def part_anywhere(context: TextContext) -> TextEdit | None:
    name = context.random.choice(["logs", "errors", "health", "doctor"])
    return _part(context, rf"^    {name},$(?!.*PARTS: )", f"    {name},\n    {{0}},")


@edits_parts
def part_with_comment(context: TextContext) -> TextEdit | None:
    return _part(context, r"^    health,$(?!.*PARTS: )", "    {0},  # mine\n    health,")


@edits_parts
def part_imported_last(context: TextContext) -> TextEdit | None:
    first = replace_first(r"^    strict_json,$", rf"    strict_json,\n    {context.token},")
    return _both(
        first, replace_first(r"^    doctor,$(?!.*PARTS: )", rf"    {context.token},\n    doctor,")
    )


@edits_parts
def comment_after_a_part(context: TextContext) -> TextEdit | None:
    name = _name(context)
    return replace_first(rf"^    {name},$(?!.*PARTS: )", f"    {name},  # {context.token}")


@edits_parts
def comment_above_a_part(context: TextContext) -> TextEdit | None:
    name = _name(context)
    return replace_first(rf"^    {name},$(?!.*PARTS: )", f"    # {context.token}\n    {name},")


@edits_parts
def comment_after_an_import(context: TextContext) -> TextEdit | None:
    name = _name(context)
    return replace_first(rf"^    {name},$", f"    {name},  # {context.token}")


@edits_parts
def import_on_one_line(_given: TextContext) -> TextEdit | None:
    def edit(text: str) -> str | None:
        found = re.search(r"from \. import \(\n(.*?)\)", text, re.DOTALL)
        if not found or "#" in found[0]:
            return None
        names = ", ".join(re.findall(r"\w+", found[1]))
        return text.replace(found[0], f"from . import {names}")

    return edit


@edits_parts
def tuple_on_one_line(_given: TextContext) -> TextEdit | None:
    def edit(text: str) -> str | None:
        found = re.search(r"\] = \(\n(.*?)\n\)", text, re.DOTALL)
        names = re.findall(r"^    (\w+)", found[1], re.MULTILINE) if found else []
        return text.replace(found[0], f"] = ({', '.join(names)})") if found else None

    return edit


@edits_parts
def function_at_the_end(context: TextContext) -> TextEdit | None:
    return append_lines("", "", f"def {context.token}() -> int:", "    return 1")


@edits_parts
def own_import(context: TextContext) -> TextEdit | None:
    return insert_before("from types import ModuleType", f"import {context.token}")


@edits_parts
def docstring_changed(context: TextContext) -> TextEdit | None:
    return replace_first("^A part has", f"{context.token}: a part has")


@edits_parts
def part_removed(context: TextContext) -> TextEdit | None:
    name = _name(context)
    first = replace_first(rf"^    {name},\n", "")
    return _both(replace_first(rf"^    {name},\n(?!.*PARTS: )", f"    # {context.token}\n"), first)


def _name(context: TextContext) -> str:
    names: list[str] = re.findall(r"^    (\w+),$", context.base, re.MULTILINE)
    return context.random.choice(names)


def _part(context: TextContext, pattern: str, new: str) -> TextEdit:
    """Add a part to the tuple, and to the imports in their order."""
    token = context.token
    first = replace_first(r"from \. import \(\n(.*?)\)", lambda found: _imports(found[1], token))
    return _both(first, replace_first(pattern, new.replace("{0}", token)))


def _imports(names: str, token: str) -> str:
    lines = sorted([*names.splitlines(), f"    {token},"])
    return "\n".join(["from . import (", *lines, ")"])


def _both(first: TextEdit, second: TextEdit) -> TextEdit:
    def edit(text: str) -> str | None:
        return None if (edited := first(text)) is None else second(edited)

    return edit


@edits_readme
def row(context: TextContext) -> TextEdit | None:
    return insert_after(context.line(r"^\| `", common=True), f"| `{context.token}` | mine |")


@edits_readme
def bullet(context: TextContext) -> TextEdit | None:
    return insert_before(context.line("^## ", common=True), f"- {context.token}", "")


@edits_readme
def line_changed(context: TextContext) -> TextEdit | None:
    line = context.line(r"^[|A-Za-z].{20}", common=True)
    return replace_line(line, f"{line} {context.token}") if line else None


@edits_readme
def section(context: TextContext) -> TextEdit | None:
    return insert_before(context.line("^## ", common=True), f"## {context.token}", "", "Mine.", "")


@edits_readme
def section_at_the_end_of_the_page(context: TextContext) -> TextEdit | None:
    return append_lines("", f"## {context.token}", "", "Mine.")


@edits_make
def recipe_line(context: TextContext) -> TextEdit | None:
    return insert_after("serve: .venv/ready", f"\techo {context.token}")


@edits_make
def target(context: TextContext) -> TextEdit | None:
    return append_lines("", f"{context.token}: .venv/ready", "\techo")


@edits_docker
def copied(context: TextContext) -> TextEdit | None:
    return insert_after("COPY --chmod=755 gunicorn.conf.py ./", f"COPY {context.token} ./")


@edits_docker
def run(context: TextContext) -> TextEdit | None:
    return insert_before("USER 10001", f"RUN {context.token}")


@edits_ignore
def allowed(context: TextContext) -> TextEdit | None:
    return insert_after(context.line("^!", common=True), f"!{context.token}")
