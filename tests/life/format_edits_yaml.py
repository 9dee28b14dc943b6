"""Edits of `compose.yaml` and of what a CI reads."""

import re

from tests.life.format_edits import Edit, Given, after, at_end, before, kind, substitute, swap

edits_compose = kind("compose.yaml")
edits_github = kind(".github/workflows/ci.yml")
edits_gitlab = kind(".gitlab-ci.yml")


def _service(token: str) -> list[str]:
    return [f"  {token}:", "    image: mail:1 # why", '    ports: ["1025:1025"]']


def _into(key: str, *new: str, or_before: str) -> Edit:
    """Add lines below a key, which is made before another line where it is not there."""

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
def service_at_the_start(given: Given) -> Edit | None:
    return after("services:", *_service(given.token), "")


@edits_compose
def service_anywhere(given: Given) -> Edit | None:
    line = given.line(r"^  [a-z][a-z-]*:$", common=True)
    return before(line, *_service(given.token), "") if line != "  web:" else None


@edits_compose
def service_at_the_end(given: Given) -> Edit | None:
    new = "\n".join(_service(given.token))

    def edit(text: str) -> str:
        found = re.search(r"^(volumes|networks):$", text, re.MULTILINE)
        at = found.start() if found else len(text)
        return f"{text[:at]}\n{new}\n{text[at:]}"

    return edit


@edits_compose
def service_without_space(given: Given) -> Edit | None:
    return after('    ports: ["127.0.0.1:8000:8000"]', *_service(given.token))


@edits_compose
def service_like_theirs(given: Given) -> Edit | None:
    new = [f"  {given.token}:", "    <<: *service", "    command: own"]
    return after("services:", *new, "")


@edits_compose
def depends_on(given: Given) -> Edit | None:
    new = f"    {given.token}: {{ condition: service_started }}"

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
def volume(given: Given) -> Edit | None:
    def edit(text: str) -> str:
        if "\nvolumes:\n" in text:
            return text.replace("\nvolumes:\n", f"\nvolumes:\n  {given.token}:\n")
        return f"{text}\nvolumes:\n  {given.token}:\n"

    return edit


@edits_compose
def volume_at_the_end(given: Given) -> Edit | None:
    def edit(text: str) -> str | None:
        if "\nnetworks:\n" in text:
            return None
        head = text if "\nvolumes:\n" in text else f"{text}\nvolumes:\n"
        return f"{head}  {given.token}: {{}}\n"

    return edit


@edits_compose
def variable(given: Given) -> Edit | None:
    line = "    TRUSTED_HOSTS: ${TRUSTED_HOSTS:-localhost}"
    return after(line, f"    {given.token.upper()}: '1' # {given.token}")


@edits_compose
def variable_amid(given: Given) -> Edit | None:
    line = given.line(r"^    [A-Z_]+_URL: ")
    return before(line, f"    {given.token.upper()}: 1 # {given.token}")


@edits_compose
def comment_above(given: Given) -> Edit | None:
    line = given.line(r"^ +[a-z]")
    indent = re.match(" *", line or "")
    return before(line, f"{indent and indent[0]}# {given.token}")


@edits_compose
def comment_behind(given: Given) -> Edit | None:
    line = given.line(r"^ +[a-z][^#]*$")
    return swap(line, f"{line} # {given.token}")


@edits_compose
def comment_at_the_end(given: Given) -> Edit | None:
    return at_end(f"# {given.token}")


@edits_compose
def value_changed(given: Given) -> Edit | None:
    line = given.line(r"^ +(command|[A-Z_]+_URL): \S")
    return swap(line, f"{line}".split(": ")[0] + f": {given.token}") if line else None


@edits_compose
def port(given: Given) -> Edit | None:
    return substitute(r'^(    ports: \["[^\n]*"\])$', rf'    ports: ["8000:8000", "{given.token}"]')


@edits_compose
def label_of_the_web(given: Given) -> Edit | None:
    return after('    ports: ["127.0.0.1:8000:8000"]', "    labels:", f"      own: {given.token}")


@edits_compose
def property_of_a_service(given: Given) -> Edit | None:
    return after(given.line(r"^  [a-z-]+:$"), f"    container_name: {given.token}")


@edits_compose
def variable_of_a_service(given: Given) -> Edit | None:
    line = given.line(r"^      [A-Z_]+: ")
    return after(line, f"      {given.token.upper()}: 1 # {given.token}")


@edits_compose
def service_of_the_bundle(given: Given) -> Edit | None:
    line = given.brought(r"^  [a-z-]+-?[a-z]+:$")
    named = line and not re.search(f"^{line}", given.base, re.MULTILINE)
    new = [f"{line}", f"    image: {given.token}", ""]
    return after("services:", *new) if named and f"{line}\n    " in given.theirs else None


@edits_compose
def volume_of_the_bundle(given: Given) -> Edit | None:
    line = given.brought(r"^  [a-z-]+-data:$")
    if not line or "\nvolumes:" in given.base:
        return None
    return at_end("", "volumes:", line, f"  {given.token}:")


@edits_compose
def own_network(given: Given) -> Edit | None:
    return at_end("", "networks:", f"  {given.token}:", "    driver: bridge")


@edits_github
def step_at_the_end(given: Given) -> Edit | None:
    return at_end(f"      - run: make {given.token}")


@edits_github
def step_first(given: Given) -> Edit | None:
    return after("    steps:", f"      - run: echo {given.token}")


@edits_github
def job(given: Given) -> Edit | None:
    return at_end(f"  {given.token}:", "    runs-on: ubuntu-24.04", "    steps:", "      - run: x")


@edits_github
def variable_of_the_job(given: Given) -> Edit | None:
    new = f"      {given.token.upper()}: 1 # {given.token}"
    return _into("    env:", new, or_before="    steps:")


@edits_github
def service_of_the_job(given: Given) -> Edit | None:
    new = [f"      {given.token}:", "        image: mail:1"]
    return _into("    services:", *new, or_before="    steps:")


@edits_github
def python_version(given: Given) -> Edit | None:
    return substitute(r'"3.13"\]', f'"3.13", "{given.token}"]')


@edits_github
def comment_in_the_job(given: Given) -> Edit | None:
    line = given.line(r"^ +[a-z-]+:")
    return swap(line, f"{line} # {given.token}") if line and "#" not in line else None


@edits_gitlab
def script_line(given: Given) -> Edit | None:
    return at_end(f"    - make {given.token}")


@edits_gitlab
def script_line_first(given: Given) -> Edit | None:
    return after("  script:", f"    - make {given.token}")


@edits_gitlab
def own_job(given: Given) -> Edit | None:
    return at_end("", f"{given.token}:", "  image: alpine", "  script: [make]")


@edits_gitlab
def variables(given: Given) -> Edit | None:
    return _into("  variables:", f"    {given.token}: 1", or_before="  before_script:")


@edits_gitlab
def services(given: Given) -> Edit | None:
    new = ["    - name: mail:1", f"      alias: {given.token}"]
    return _into("  services:", *new, or_before="  before_script:")
