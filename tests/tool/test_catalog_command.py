"""`flaskwright catalog` prints the catalog as tables, or as JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flaskwright.catalog.reading import read
from tests.tool.catalogs import BUNDLES, SERVER, write_bundle
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


def test_bundles_are_listed_by_category_and_presets_with_their_bundles(
    invoke: Run, small_template: Path
) -> None:
    output = invoke("catalog", "--template", small_template).stdout

    headings = [line for line in output.splitlines() if line and not line.startswith("  ")]
    assert headings[:-1] == ["data", "http", "tasks", "presets"]
    assert "paper              The paper bundle (retired: pick page)" in output
    assert "api                a store and tasks\n                     store, tasks" in output


def test_forty_bundles_are_listed_in_80_columns(
    invoke: Run, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    bundles = read(template).bundles

    lines = invoke("catalog", "--template", template).stdout.splitlines()

    assert len(bundles) >= 40
    assert [line for line in lines if len(line) > 80] == []
    assert len(lines) <= 2 * len(bundles)  # most take one line
    text = " ".join(" ".join(lines).split())
    assert [name for bundle in bundles if (name := f"{bundle.id} {bundle.title}") not in text] == []


def test_a_bundle_is_described_with_its_guide(invoke: Run, own_template: Path) -> None:
    fields = BUNDLES["page"] | {
        "settings": [SETTING],
        "processes": [PROCESS],
        "servers": {"paper": SERVER},
        "dependencies": ["pager>=1,<2"],
        "dev_dependencies": ["page-turner>=1,<2"],
        "holds_data": ["table pages"],
        "links": {"Pager": "https://pager.example/"},
    }
    write_bundle(own_template, "page", **fields)

    output = invoke("catalog", "page", "--template", own_template).stdout

    for text in (
        "page  The page bundle",
        "starts after  store: it reads the store",
        "pager>=1,<2",
        "page-turner>=1,<2 (dev)",
        "PAGE_KEY= (string, secret, required in production)",
        "Signs every page.",
        "paper: paper:1",
        "printer: {package} print",
        "prints pages",
        "src/package/page.py",
        "table pages",
        "Pager: https://pager.example/",
        "Use my_service.page.",
    ):
        assert text in output


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("store", ["presets", "api", "required by", "desk, rabbitmq_broker, "]),
        ("desk", ["requires", "store", "conflicts", "page: both use port 80."]),
        ("redis_broker", ["added", "if broker is redis"]),
        ("paper", ["retired", "pick page"]),
    ],
)
def test_a_bundle_is_described_with_its_relations(
    name: str, texts: list[str], invoke: Run, small_template: Path
) -> None:
    output = invoke("catalog", name, "--template", small_template).stdout

    assert all(text in output for text in texts), output


def test_json_has_every_manifest(invoke: Run, small_template: Path) -> None:
    document = json.loads(invoke("catalog", "--json", "--template", small_template).stdout)

    assert {bundle["id"] for bundle in document["bundles"]} == {*BUNDLES}
    assert document["presets"]["api"]["extensions"] == ["store", "tasks"]


def test_json_of_a_bundle_has_its_guide(invoke: Run, small_template: Path) -> None:
    document = json.loads(invoke("catalog", "desk", "--json", "--template", small_template).stdout)

    assert document["requires"] == ["store"]
    assert document["guide"].startswith("# desk\n")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_an_unknown_bundle_is_refused(
    options: list[str], invoke: Run, small_template: Path
) -> None:
    result = invoke("catalog", "dsk", "--template", small_template, *options)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "flaskwright: No bundle matches dsk (did you mean desk?): "
        "`flaskwright catalog` lists all.\n"
    )


def test_the_template_may_be_a_git_url(invoke: Run, git_template: Path) -> None:
    result = invoke("catalog", "--json", "--template", f"git+file://{git_template}")

    assert {bundle["id"] for bundle in json.loads(result.stdout)["bundles"]} == {*BUNDLES}


def test_an_ascii_locale_is_no_error(
    run: Run, small_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")

    assert run("catalog", "--template", small_template).returncode == 0


def test_a_word_lists_the_bundles_that_match_it(invoke: Run, small_template: Path) -> None:
    output = invoke("catalog", "Broker", "--template", small_template).stdout

    assert [line.split()[0] for line in output.splitlines()] == [
        "tasks",
        "rabbitmq_broker",
        "redis_broker",
    ]


def test_the_next_commands_are_printed_without_a_command(invoke: Run) -> None:
    result = invoke()

    assert result.returncode == 0
    assert "flaskwright new my-service " in result.stdout
    assert "Generate a service in DEST" in invoke("--help").stdout


@pytest.mark.parametrize(
    ("words", "completions"),
    [
        ("new x --with api,data", ["api,database"]),
        ("add me", ["metrics"]),
        ("catalog id", ["idempotency"]),
        ("remove zzz", []),
    ],
)
def test_bundles_are_completed_in_the_shell(words: str, completions: list[str]) -> None:
    result = subprocess.run(
        [Path(sys.executable).with_name("flaskwright")],
        env={
            "PATH": os.environ["PATH"],
            "_FLASKWRIGHT_COMPLETE": "bash_complete",
            "COMP_WORDS": f"flaskwright {words}",
            "COMP_CWORD": str(len(words.split())),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.stdout.split() == [f"plain,{name}" for name in completions]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["catlog"], "No such command 'catlog'."),
        (["new"], "Missing argument 'DEST'."),
        (["catalog", "a", "b"], "Got unexpected extra argument (b)"),
    ],
)
def test_an_invalid_command_prints_one_line(
    arguments: list[str], message: str, invoke: Run
) -> None:
    result = invoke(*arguments)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"flaskwright: {message}")
    assert result.stderr.count("\n") == 1
