"""Edits of `.env.example`, `parts.py`, and the files that are lines to the merge."""

import re

from tests.life.format_edits import Edit, Given, after, at_end, before, kind, substitute, swap

edits_env = kind(".env.example")
edits_parts = kind("src/sample/parts.py")
edits_readme = kind("README.md")
edits_make = kind("Makefile")
edits_docker = kind("Dockerfile")
edits_ignore = kind(".dockerignore")
VARIABLE = r"^# [A-Z_]+="


@edits_env
def variable_in_a_section(given: Given) -> Edit | None:
    return after(given.line(VARIABLE, common=True), f"{given.token.upper()}=1 # {given.token}")


@edits_env
def variable_with_comment(given: Given) -> Edit | None:
    new = ["", f"# What it is for: {given.token}.", f"# {given.token.upper()}=1"]
    return after(given.line(VARIABLE, common=True), *new)


@edits_env
def variable_at_the_end(given: Given) -> Edit | None:
    return at_end(f"{given.token.upper()}=1 # {given.token}")


@edits_env
def section_at_the_end(given: Given) -> Edit | None:
    return at_end("", f"# --- {given.token} ---", "", f"# {given.token.upper()}=")


@edits_env
def variable_changed(given: Given) -> Edit | None:
    line = given.line(VARIABLE)
    return swap(line, f"{line}".split("=")[0] + f"={given.token}") if line else None


@edits_env
def variable_uncommented(given: Given) -> Edit | None:
    line = given.line(VARIABLE)
    return swap(line, f"{line}"[2:].split("=")[0] + f"={given.token}") if line else None


@edits_env
def variable_set_below(given: Given) -> Edit | None:
    line = given.line(VARIABLE)
    return after(line, f"{line}"[2:].split("=")[0] + f"={given.token}") if line else None


@edits_env
def variable_deleted(given: Given) -> Edit | None:
    return swap(given.line(VARIABLE), f"# {given.token}")


@edits_env
def comment_above_a_variable(given: Given) -> Edit | None:
    return before(given.line(VARIABLE), f"# {given.token}")


@edits_env
def comment_amid_a_comment(given: Given) -> Edit | None:
    return after(given.line(r"^# [A-Z][a-z].*[a-z]$"), f"# {given.token}")


@edits_env
def comment_at_the_end_of_env(given: Given) -> Edit | None:
    return at_end("", f"# {given.token}")


@edits_env
def variable_of_the_bundle(given: Given) -> Edit | None:
    line = given.brought(VARIABLE)
    name = f"{line}"[2:].split("=")[0]
    if not line or f"{name}=" in given.base:
        return None
    return at_end(f"{name}={given.token}")


@edits_parts
def part_at_the_end(given: Given) -> Edit | None:
    return _part(given, r"((?:edge|middleware),[^\n]*\n)\)", r"\1    {0},\n)")


@edits_parts
def part_anywhere(given: Given) -> Edit | None:
    name = given.random.choice(["logs", "errors", "health", "doctor"])
    return _part(given, rf"^    {name},$(?!.*PARTS: )", f"    {name},\n    {{0}},")


@edits_parts
def part_with_comment(given: Given) -> Edit | None:
    return _part(given, r"^    health,$(?!.*PARTS: )", "    {0},  # my own\n    health,")


@edits_parts
def part_imported_last(given: Given) -> Edit | None:
    first = substitute(r"^    strict_json,$", rf"    strict_json,\n    {given.token},")
    return _both(
        first, substitute(r"^    doctor,$(?!.*PARTS: )", rf"    {given.token},\n    doctor,")
    )


@edits_parts
def comment_behind_a_part(given: Given) -> Edit | None:
    name = _name(given)
    return substitute(rf"^    {name},$(?!.*PARTS: )", f"    {name},  # {given.token}")


@edits_parts
def comment_above_a_part(given: Given) -> Edit | None:
    name = _name(given)
    return substitute(rf"^    {name},$(?!.*PARTS: )", f"    # {given.token}\n    {name},")


@edits_parts
def comment_behind_an_import(given: Given) -> Edit | None:
    name = _name(given)
    return substitute(rf"^    {name},$", f"    {name},  # {given.token}")


@edits_parts
def import_on_one_line(_given: Given) -> Edit | None:
    def edit(text: str) -> str | None:
        found = re.search(r"from \. import \(\n(.*?)\)", text, re.DOTALL)
        if not found or "#" in found[0]:
            return None
        names = ", ".join(re.findall(r"\w+", found[1]))
        return text.replace(found[0], f"from . import {names}")

    return edit


@edits_parts
def tuple_on_one_line(_given: Given) -> Edit | None:
    def edit(text: str) -> str | None:
        found = re.search(r"\] = \(\n(.*?)\n\)", text, re.DOTALL)
        names = re.findall(r"^    (\w+)", found[1], re.MULTILINE) if found else []
        return text.replace(found[0], f"] = ({', '.join(names)})") if found else None

    return edit


@edits_parts
def function_at_the_end(given: Given) -> Edit | None:
    return at_end("", "", f"def {given.token}() -> int:", "    return 1")


@edits_parts
def own_import(given: Given) -> Edit | None:
    return before("from types import ModuleType", f"import {given.token}")


@edits_parts
def docstring_changed(given: Given) -> Edit | None:
    return substitute("^A part has", f"{given.token}: a part has")


@edits_parts
def part_taken_out(given: Given) -> Edit | None:
    name = _name(given)
    first = substitute(rf"^    {name},\n", "")
    return _both(substitute(rf"^    {name},\n(?!.*PARTS: )", f"    # {given.token}\n"), first)


def _name(given: Given) -> str:
    names: list[str] = re.findall(r"^    (\w+),$", given.base, re.MULTILINE)
    return given.random.choice(names)


def _part(given: Given, pattern: str, new: str) -> Edit:
    """Add a part to the imports in order, and to the tuple."""
    token = given.token
    first = substitute(r"from \. import \(\n(.*?)\)", lambda found: _imports(found[1], token))
    return _both(first, substitute(pattern, new.replace("{0}", token)))


def _imports(names: str, token: str) -> str:
    lines = sorted([*names.splitlines(), f"    {token},"])
    return "\n".join(["from . import (", *lines, ")"])


def _both(first: Edit, second: Edit) -> Edit:
    def edit(text: str) -> str | None:
        return None if (once := first(text)) is None else second(once)

    return edit


@edits_readme
def row(given: Given) -> Edit | None:
    return after(given.line(r"^\| `", common=True), f"| `{given.token}` | mine |")


@edits_readme
def bullet(given: Given) -> Edit | None:
    return before(given.line("^## ", common=True), f"- {given.token}", "")


@edits_readme
def line_changed(given: Given) -> Edit | None:
    line = given.line(r"^[|A-Za-z].{20}", common=True)
    return swap(line, f"{line} {given.token}") if line else None


@edits_readme
def section(given: Given) -> Edit | None:
    return before(given.line("^## ", common=True), f"## {given.token}", "", "Mine.", "")


@edits_readme
def section_at_the_end_of_the_page(given: Given) -> Edit | None:
    return at_end("", f"## {given.token}", "", "Mine.")


@edits_make
def recipe_line(given: Given) -> Edit | None:
    return after("serve: .venv/ready", f"\techo {given.token}")


@edits_make
def target(given: Given) -> Edit | None:
    return at_end("", f"{given.token}: .venv/ready", "\techo")


@edits_docker
def copied(given: Given) -> Edit | None:
    return after("COPY --chmod=755 gunicorn.conf.py ./", f"COPY {given.token} ./")


@edits_docker
def run(given: Given) -> Edit | None:
    return before("USER 10001", f"RUN {given.token}")


@edits_ignore
def allowed(given: Given) -> Edit | None:
    return after(given.line("^!", common=True), f"!{given.token}")
