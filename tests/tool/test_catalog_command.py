"""`flaskwright catalog`: a table for a person, JSON for a program."""

import json
from pathlib import Path

import pytest

from tests.tool.catalogs import BUNDLES, write_bundle
from tests.tool.conftest import Run

SETTING = {
    "name": "PAGE_KEY",
    "type": "string",
    "default": "",
    "secret": True,
    "required": True,
    "help": "Signs every page.",
}
PROCESS = {"name": "printer", "command": "{package} print", "summary": "prints pages"}


def test_the_table_lists_bundles_by_category_with_their_presets(call: Run, small: Path) -> None:
    lines = call("catalog", "--template", small).stdout.splitlines()

    assert lines[0].split() == ["bundle", "what", "it", "brings", "minimal", "api"]
    headings = [line.strip() for line in lines[1:] if line.strip() and not line.startswith("  ")]
    assert headings[:3] == ["data", "http", "tasks"]
    marked = [line.split()[0] for line in lines if "•" in line]
    assert marked == ["store", "tasks"]
    assert "The paper bundle (retired: pick page)" in "\n".join(lines)


def test_one_bundle_in_full(call: Run, own: Path) -> None:
    fields = BUNDLES["page"] | {
        "settings": [SETTING],
        "processes": [PROCESS],
        "services": ["redis"],
        "dependencies": ["pager>=1,<2"],
        "dev_dependencies": ["page-turner>=1,<2"],
        "holds_data": ["table pages"],
        "links": {"Pager": "https://pager.example/"},
    }
    write_bundle(own, "page", **fields)

    text = call("catalog", "page", "--template", own).stdout

    for told in (
        "page  The page bundle",
        "starts after  store: it reads the store",
        "pager>=1,<2",
        "page-turner>=1,<2 (dev)",
        "PAGE_KEY= (string, secret, required in production)",
        "Signs every page.",
        "redis: redis:8",
        "printer: {package} print",
        "prints pages",
        "src/package/page.py",
        "table pages",
        "Pager: https://pager.example/",
        "Use my_service.page.",
    ):
        assert told in text


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("store", ["presets", "api", "required by", "desk, rabbitmq_broker, "]),
        ("desk", ["requires", "store", "conflicts", "page: both want the door."]),
        ("redis_broker", ["picked", "comes when broker is redis"]),
        ("paper", ["retired", "pick page"]),
    ],
)
def test_what_a_bundle_has_to_do_with_others(
    name: str, told: list[str], call: Run, small: Path
) -> None:
    text = call("catalog", name, "--template", small).stdout

    assert all(words in text for words in told), text


def test_json_holds_every_manifest(call: Run, small: Path) -> None:
    document = json.loads(call("catalog", "--json", "--template", small).stdout)

    assert {bundle["id"] for bundle in document["bundles"]} == {*BUNDLES}
    assert document["presets"]["api"]["extensions"] == ["store", "tasks"]


def test_json_of_one_bundle_holds_its_guide(call: Run, small: Path) -> None:
    document = json.loads(call("catalog", "desk", "--json", "--template", small).stdout)

    assert document["requires"] == ["store"]
    assert document["guide"].startswith("# desk\n")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_an_unknown_bundle(options: list[str], call: Run, small: Path) -> None:
    done = call("catalog", "dsk", "--template", small, *options)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "flaskwright: There is no dsk (did you mean desk?): "
        "`flaskwright catalog` lists what there is.\n"
    )


def test_a_git_url(call: Run, in_git: Path) -> None:
    done = call("catalog", "--json", "--template", f"git+file://{in_git}")

    assert {bundle["id"] for bundle in json.loads(done.stdout)["bundles"]} == {*BUNDLES}


def test_in_a_locale_without_these_characters(
    run: Run, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")

    assert run("catalog", "--template", small).returncode == 0


def test_without_a_command_there_is_help(call: Run) -> None:
    done = call()

    assert done.returncode == 0
    assert "new      Make a service in DEST" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["catlog"], "No such command 'catlog'."),
        (["new"], "Missing argument 'DEST'."),
        (["catalog", "a", "b"], "Got unexpected extra argument (b)"),
    ],
)
def test_a_wrong_command(arguments: list[str], message: str, call: Run) -> None:
    done = call(*arguments)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"flaskwright: {message}")
    assert done.stderr.count("\n") == 1
