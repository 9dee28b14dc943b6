"""Edits of `compose.yaml` and of CI configurations."""

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

edits_compose = edit_kind("compose.yaml")
edits_github = edit_kind(".github/workflows/ci.yml")
edits_gitlab = edit_kind(".gitlab-ci.yml")


def _service(token: str) -> list[str]:
    return [f"  {token}:", "    image: mail:1 # why", '    ports: ["1025:1025"]']


def _into(key: str, *new: str, or_before: str) -> TextEdit:
    """Insert lines below a key; if the key is missing, it is inserted before `or_before`."""

    def edit(text: str) -> str | None:
        lines = text.split("\n")
        if key not in lines and or_before in lines:
            lines.insert(lines.index(or_before), key)
        if key not in lines:
            return None
        at = lines.index(key) + 1
        return "\n".join([*lines[:at], *new, *lines[at:]])

    return edit


@edits_compose
def service_at_the_start(context: TextContext) -> TextEdit | None:
    return insert_after("services:", *_service(context.token), "")


@edits_compose
def service_anywhere(context: TextContext) -> TextEdit | None:
    line = context.line(r"^  [a-z][a-z-]*:$", common=True)
    return insert_before(line, *_service(context.token), "") if line != "  web:" else None


@edits_compose
def service_at_the_end(context: TextContext) -> TextEdit | None:
    new = "\n".join(_service(context.token))

    def edit(text: str) -> str:
        found = re.search(r"^(volumes|networks):$", text, re.MULTILINE)
        at = found.start() if found else len(text)
        return f"{text[:at]}\n{new}\n{text[at:]}"

    return edit


@edits_compose
def service_without_empty_lines(context: TextContext) -> TextEdit | None:
    return insert_after('    ports: ["127.0.0.1:8000:8000"]', *_service(context.token))


@edits_compose
def service_with_the_template_s_anchor(context: TextContext) -> TextEdit | None:
    new = [f"  {context.token}:", "    <<: *service", "    command: own"]
    return insert_after("services:", *new, "")


@edits_compose
def depends_on(context: TextContext) -> TextEdit | None:
    new = f"    {context.token}: {{ condition: service_started }}"

    def edit(text: str) -> str:
        if "\n  depends_on: &depends_on\n" in text:
            head, found, tail = text.partition("\n  depends_on: &depends_on\n")
            return f"{head}{found}{new}\n{tail}"
        head, found, tail = text.partition("\n\nx-migrated:")
        if not found:
            head, found, tail = text.partition("\n\nservices:")
        return f"{head}\n  depends_on:\n{new}{found}{tail}"

    return edit


@edits_compose
def volume(context: TextContext) -> TextEdit | None:
    def edit(text: str) -> str:
        if "\nvolumes:\n" in text:
            return text.replace("\nvolumes:\n", f"\nvolumes:\n  {context.token}:\n")
        return f"{text}\nvolumes:\n  {context.token}:\n"

    return edit


@edits_compose
def volume_at_the_end(context: TextContext) -> TextEdit | None:
    def edit(text: str) -> str | None:
        if "\nnetworks:\n" in text:
            return None
        head = text if "\nvolumes:\n" in text else f"{text}\nvolumes:\n"
        return f"{head}  {context.token}: {{}}\n"

    return edit


@edits_compose
def variable(context: TextContext) -> TextEdit | None:
    line = "    TRUSTED_HOSTS: ${TRUSTED_HOSTS:-localhost}"
    return insert_after(line, f"    {context.token.upper()}: '1' # {context.token}")


@edits_compose
def variable_among_urls(context: TextContext) -> TextEdit | None:
    line = context.line(r"^    [A-Z_]+_URL: ")
    return insert_before(line, f"    {context.token.upper()}: 1 # {context.token}")


@edits_compose
def comment_above(context: TextContext) -> TextEdit | None:
    line = context.line(r"^ +[a-z]")
    indent = re.match(" *", line or "")
    return insert_before(line, f"{indent and indent[0]}# {context.token}")


@edits_compose
def comment_after(context: TextContext) -> TextEdit | None:
    line = context.line(r"^ +[a-z][^#]*$")
    return replace_line(line, f"{line} # {context.token}")


@edits_compose
def comment_at_the_end(context: TextContext) -> TextEdit | None:
    return append_lines(f"# {context.token}")


@edits_compose
def value_changed(context: TextContext) -> TextEdit | None:
    line = context.line(r"^ +(command|[A-Z_]+_URL): \S")
    return replace_line(line, f"{line}".split(": ")[0] + f": {context.token}") if line else None


@edits_compose
def port(context: TextContext) -> TextEdit | None:
    return replace_first(
        r'^(    ports: \["[^\n]*"\])$', rf'    ports: ["8000:8000", "{context.token}"]'
    )


@edits_compose
def label_of_the_web(context: TextContext) -> TextEdit | None:
    return insert_after(
        '    ports: ["127.0.0.1:8000:8000"]', "    labels:", f"      own: {context.token}"
    )


@edits_compose
def property_of_a_service(context: TextContext) -> TextEdit | None:
    return insert_after(context.line(r"^  [a-z-]+:$"), f"    container_name: {context.token}")


@edits_compose
def variable_of_a_service(context: TextContext) -> TextEdit | None:
    line = context.line(r"^      [A-Z_]+: ")
    return insert_after(line, f"      {context.token.upper()}: 1 # {context.token}")


@edits_compose
def service_of_the_bundle(context: TextContext) -> TextEdit | None:
    line = context.new_line(r"^  [a-z-]+-?[a-z]+:$")
    named = line and not re.search(f"^{line}", context.base, re.MULTILINE)
    new = [f"{line}", f"    image: {context.token}", ""]
    return insert_after("services:", *new) if named and f"{line}\n    " in context.theirs else None


@edits_compose
def volume_of_the_bundle(context: TextContext) -> TextEdit | None:
    line = context.new_line(r"^  [a-z-]+-data:$")
    if not line or "\nvolumes:" in context.base:
        return None
    return append_lines("", "volumes:", line, f"  {context.token}:")


@edits_compose
def own_network(context: TextContext) -> TextEdit | None:
    return append_lines("", "networks:", f"  {context.token}:", "    driver: bridge")


@edits_github
def step_at_the_end(context: TextContext) -> TextEdit | None:
    return append_lines(f"      - run: make {context.token}")


@edits_github
def step_first(context: TextContext) -> TextEdit | None:
    return insert_after("    steps:", f"      - run: echo {context.token}")


@edits_github
def job(context: TextContext) -> TextEdit | None:
    return append_lines(
        f"  {context.token}:", "    runs-on: ubuntu-24.04", "    steps:", "      - run: x"
    )


@edits_github
def variable_of_the_job(context: TextContext) -> TextEdit | None:
    new = f"      {context.token.upper()}: 1 # {context.token}"
    return _into("    env:", new, or_before="    steps:")


@edits_github
def service_of_the_job(context: TextContext) -> TextEdit | None:
    new = [f"      {context.token}:", "        image: mail:1"]
    return _into("    services:", *new, or_before="    steps:")


@edits_github
def python_version(context: TextContext) -> TextEdit | None:
    return replace_first(r'"3.14"\]', f'"3.14", "{context.token}"]')


@edits_github
def comment_in_the_job(context: TextContext) -> TextEdit | None:
    line = context.line(r"^ +[a-z-]+:")
    return replace_line(line, f"{line} # {context.token}") if line and "#" not in line else None


@edits_gitlab
def script_line(context: TextContext) -> TextEdit | None:
    return append_lines(f"    - make {context.token}")


@edits_gitlab
def script_line_first(context: TextContext) -> TextEdit | None:
    return insert_after("  script:", f"    - make {context.token}")


@edits_gitlab
def own_job(context: TextContext) -> TextEdit | None:
    return append_lines("", f"{context.token}:", "  image: alpine", "  script: [make]")


@edits_gitlab
def variables(context: TextContext) -> TextEdit | None:
    return _into("  variables:", f"    {context.token}: 1", or_before="  before_script:")


@edits_gitlab
def services(context: TextContext) -> TextEdit | None:
    new = ["    - name: mail:1", f"      alias: {context.token}"]
    return _into("  services:", *new, or_before="  before_script:")
