"""The commands in a service's directory: what they tell, what they refuse, what they keep."""

import json
from pathlib import Path

import pytest

from flaskwright.cli.json_output import SCHEMAS, ChangeReport, StatusReport, schema
from tests.life.services import commit, different, fresh, git, put, refusal, run, tree
from tests.template import ROOT

Output = pytest.CaptureFixture[str]


@pytest.fixture
def service(repository: Path, tmp_path: Path) -> Path:
    """A service with a REST API, committed."""
    return put(tmp_path / "service", fresh(repository, "api"))


def test_a_dry_run_shows_the_difference_and_writes_nothing(service: Path, capsys: Output) -> None:
    before = tree(service)
    capsys.readouterr()

    assert run(service, "add", "cache", "--dry-run") == 2

    shown = capsys.readouterr().out
    assert '\n+    "flask-caching>=' in shown
    assert "+++ b/src/" in shown
    assert different(tree(service), before) == []
    assert git(service, "status", "--porcelain") == ""


def test_what_is_printed_for_programs_has_the_published_form(service: Path, capsys: Output) -> None:
    capsys.readouterr()
    assert run(service, "add", "flower", "--json") == 0

    told = json.loads(capsys.readouterr().out)
    ChangeReport.model_validate(told)
    assert told["bundles_added"] == ["database", "flower", "redis_broker", "tasks"]
    assert {"path": "docs/flower.md", "change": "add", "fate": "written", "notes": []} in told[
        "files"
    ]
    assert "flask db upgrade" in told["next"]

    assert run(service, "status", "--json") == 0
    StatusReport.model_validate_json(capsys.readouterr().out)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schema_is_the_model_s(name: str) -> None:
    published = (ROOT / "docs" / f"{name}.schema.json").read_text("utf-8")

    assert published == schema(SCHEMAS[name])


def test_edits_stay_and_an_edited_file_outlives_its_bundle(service: Path, capsys: Output) -> None:
    readme, module = service / "README.md", next(service.glob("src/*/api/lists.py"))
    readme.write_text(readme.read_text() + "\nMine.\n")
    module.write_text(module.read_text() + "\nMINE = 1\n")
    commit(service)

    assert run(service, "add", "metrics") == 0
    commit(service)
    assert run(service, "remove", "api") == 0

    assert readme.read_text().endswith("\nMine.\n")
    assert [path.name for path in module.parent.iterdir()] == ["lists.py"]
    assert "Yours now" in capsys.readouterr().out


def test_a_conflict_is_marked_and_named(service: Path, capsys: Output) -> None:
    readme, makefile = service / "README.md", service / "Makefile"
    generated = {path: path.read_text().splitlines()[0] for path in (readme, makefile)}
    for path, line in generated.items():
        path.write_text(path.read_text().replace(line, f"{line} of mine", 1))
    commit(service)

    assert run(service, "set", "project_name=Other") == 3

    told = capsys.readouterr().out
    line = generated[readme]
    other = line.replace("Sample", "Other")
    assert readme.read_text().startswith(
        f"<<<<<<< yours\n{line} of mine\n||||||| base\n{line}\n=======\n{other}\n>>>>>>> template\n"
    )
    assert "resolve them:\n    README.md\n" in told
    assert makefile.read_text().startswith(f"{generated[makefile]} of mine\n")


def test_a_file_that_cannot_be_read_is_marked_and_named(service: Path, capsys: Output) -> None:
    pyproject = service / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("dependencies = [", "dependencies = [ [", 1))
    commit(service)  # it is no TOML now, and nobody repairs that

    assert run(service, "remove", "api") == 3

    assert "<<<<<<< yours" in pyproject.read_text()
    assert "resolve them:\n    pyproject.toml\n" in capsys.readouterr().out


def test_a_renamed_file_is_followed(service: Path) -> None:
    git(service, "mv", "compose.yaml", "docker-compose.yaml")
    commit(service)

    assert run(service, "add", "database") == 0

    assert "postgres:" in (service / "docker-compose.yaml").read_text()
    assert not (service / "compose.yaml").exists()


def test_a_deleted_file_is_not_brought_back(service: Path, capsys: Output) -> None:
    git(service, "rm", "--quiet", "compose.yaml")
    commit(service)

    assert run(service, "add", "database") == 0

    assert not (service / "compose.yaml").exists()
    assert "Not brought back" in capsys.readouterr().out


@pytest.mark.parametrize("ignored", [False, True], ids=["tracked", "ignored"])
def test_a_file_of_the_user_s_is_never_overwritten(
    ignored: bool, service: Path, capsys: Output
) -> None:
    (service / "docs" / "cache.md").write_text("mine")
    if ignored:
        (service / ".git" / "info" / "exclude").write_text("cache.md\n")
    else:
        commit(service)

    assert refusal(service, capsys, "add", "cache").startswith("docs/cache.md is yours")


def test_what_is_not_committed_is_named(service: Path, capsys: Output) -> None:
    (service / "Makefile").write_text("mine")
    (service / "new.txt").write_text("mine")

    line = refusal(service, capsys, "add", "cache")

    assert line.startswith("Makefile and new.txt are not committed: commit or stash first")


def test_a_merge_that_is_under_way(service: Path, capsys: Output) -> None:
    (service / ".git" / "MERGE_HEAD").write_text(git(service, "rev-parse", "HEAD"))

    assert refusal(service, capsys, "add", "cache").startswith("A merge is under way")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("add", "cash"),
            "There is no cash (did you mean cache?): `flaskwright catalog` lists what",
        ),
        (("add", "api"), "The service has api already."),
        (
            ("add", "redis_broker"),
            "redis_broker comes with the answer broker=redis: give that, with",
        ),
        (("remove", "cache"), "The service has no cache."),
        (("set", "package_name=other"), "package_name cannot be changed: it is in every import"),
        (("set", "extensions=[]"), "extensions cannot be changed: use `flaskwright add`"),
        (("set", "licence=MIT"), "There is no question licence (did you mean license?): use"),
        (("set", "license=GPL"), "license: "),
        (("set", "license"), "license: write it as question=answer."),
        (("undo",), "There is nothing to undo"),
        (("update", "--to", "9.9"), "The template "),
    ],
    ids=" ".join,
)
def test_refusals(arguments: tuple[str, ...], line: str, service: Path, capsys: Output) -> None:
    assert refusal(service, capsys, *arguments).startswith(line)


def test_outside_a_service(tmp_path: Path, capsys: Output) -> None:
    assert refusal(tmp_path, capsys, "status").startswith("There is no .copier-answers.yml in ")


def test_outside_git(repository: Path, tmp_path: Path, capsys: Output) -> None:
    for path, content in fresh(repository).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)

    assert "is in no git repository" in refusal(tmp_path, capsys, "add", "cache")


def test_an_answer_changes(service: Path) -> None:
    assert run(service, "set", "ci=none", "license=MIT") == 0

    assert not (service / ".github").exists()
    assert (service / "LICENSE").exists()


def test_dependents_go_when_told(repository: Path, tmp_path: Path, capsys: Output) -> None:
    service = put(tmp_path / "service", fresh(repository, "auth", "cache"))
    line = "auth needs database: remove all of them with --with-dependents."
    assert refusal(service, capsys, "remove", "database") == line

    assert run(service, "remove", "database", "--with-dependents") == 0

    assert "api" not in (service / "README.md").read_text()
    assert (service / "docs" / "cache.md").exists()


def test_a_table_that_was_dropped_is_made_again(service: Path, capsys: Output) -> None:
    assert run(service, "add", "tasks") == 0
    commit(service)
    assert run(service, "remove", "tasks") == 0
    (service / "migrations" / "left_behind.txt").unlink()
    commit(service)
    capsys.readouterr()

    assert run(service, "add", "tasks") == 0

    told = capsys.readouterr().out
    command = "flask db revision -m 'Make outbox and redeliveries again'"
    assert f"    {command}   # if you dropped them\n" in told


def test_undo_takes_back_and_keeps_what_came_since(service: Path) -> None:
    before = tree(service)
    assert run(service, "add", "cache") == 0
    readme = service / "README.md"
    readme.write_text(readme.read_text() + "\nSince.\n")

    assert run(service, "undo") == 0

    assert different(tree(service), before) == ["README.md"]
    assert readme.read_bytes() == before["README.md"] + b"\nSince.\n"

    assert run(service, "undo") == 0
    assert (service / "docs" / "cache.md").exists()


def test_status_names_what_was_edited(service: Path, capsys: Output) -> None:
    assert run(service, "status") == 0
    assert "Every generated file is as it was generated." in capsys.readouterr().out

    (service / "Makefile").write_text("mine")
    git(service, "mv", "docs/api.md", "docs/rest.md")
    git(service, "rm", "--quiet", "Dockerfile")
    capsys.readouterr()
    assert run(service, "status", "--json") == 0

    files = {file["path"]: file for file in json.loads(capsys.readouterr().out)["files"]}
    assert {path: file["state"] for path, file in files.items()} == {
        "Dockerfile": "deleted",
        "Makefile": "edited",
        "docs/api.md": "renamed",
    }
    assert files["docs/api.md"]["bundle"] == "api"
    assert files["docs/api.md"]["now"] == "docs/rest.md"


def test_one_service_of_a_larger_repository(repository: Path, tmp_path: Path) -> None:
    top = put(tmp_path / "top", {"other/notes.txt": b"theirs\n"})
    service = top / "services" / "parcels"
    for path, content in fresh(repository).items():
        (service / path).parent.mkdir(parents=True, exist_ok=True)
        (service / path).write_bytes(content)
    commit(top)
    (top / "other" / "notes.txt").write_text("not committed\n")

    assert run(service, "add", "cache") == 0

    assert different(tree(service), fresh(repository, "cache")) == []


@pytest.mark.parametrize("kind", ["shallow clone", "linked worktree"])
def test_other_kinds_of_checkouts(
    kind: str, service: Path, repository: Path, tmp_path: Path
) -> None:
    commit(service)
    place = tmp_path / "place"
    if kind == "shallow clone":
        git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{service}", str(place))
    else:
        git(service, "worktree", "add", "--quiet", str(place))
    committed = tree(service)

    assert run(place, "add", "cache") == 0

    now = {path: content for path, content in tree(place).items() if path != ".git"}
    assert different(now, fresh(repository, "api", "cache")) == []
    assert different(tree(service), committed) == []
    assert run(place, "undo") == 0
    assert git(place, "status", "--porcelain") == ""
