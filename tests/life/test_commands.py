"""The commands in a service's directory: their output, their errors, and the edits they keep."""

import json
from pathlib import Path

import pytest

from flaskwright.cli.json_output import SCHEMAS, ChangeReport, StatusReport, schema
from tests.life.services import (
    commit_all,
    commit_tree,
    differing_paths,
    error_line,
    generate,
    git,
    run,
    service_files,
    write_files,
)
from tests.template import ROOT

Output = pytest.CaptureFixture[str]
CONFLICTS = "Conflicts to resolve (text files have conflict markers):\n"


@pytest.fixture
def service(repository: Path, tmp_path: Path) -> Path:
    """A service with a REST API, committed."""
    return commit_tree(tmp_path / "service", generate(repository, "api"))


def test_a_dry_run_shows_the_diff_and_writes_nothing(service: Path, capsys: Output) -> None:
    before = service_files(service)
    capsys.readouterr()

    assert run(service, "add", "cache", "--dry-run") == 2

    shown = capsys.readouterr().out
    assert '\n+    "flask-caching>=' in shown
    assert "+++ b/src/" in shown
    assert differing_paths(service_files(service), before) == []
    assert git(service, "status", "--porcelain") == ""


def test_a_dry_run_summarizes_deleted_files(service: Path, capsys: Output) -> None:
    assert run(service, "remove", "api", "--dry-run") == 2

    output = capsys.readouterr().out
    guide = (service / "docs" / "api.md").read_text("utf-8")
    assert f"Delete docs/api.md ({len(guide.splitlines())} lines)\n" in output
    assert "--- a/docs/api.md" not in output


def test_the_json_output_matches_the_published_schemas(service: Path, capsys: Output) -> None:
    capsys.readouterr()
    assert run(service, "add", "flower", "--json") == 0

    report = json.loads(capsys.readouterr().out)
    ChangeReport.model_validate(report)
    assert report["bundles_added"] == ["database", "flower", "redis_broker", "tasks"]
    guide = {"path": "docs/flower.md", "operation": "add", "resolution": "written", "notes": []}
    assert guide in report["files"]
    assert "flask db upgrade" in report["next_steps"]

    assert run(service, "status", "--json") == 0
    StatusReport.model_validate_json(capsys.readouterr().out)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schema_is_up_to_date(name: str) -> None:
    published = (ROOT / "docs" / f"{name}.schema.json").read_text("utf-8")

    remedy = f"python -m flaskwright.cli.json_output {name} > docs/{name}.schema.json"
    assert published == schema(SCHEMAS[name]), f"run: {remedy}"


def test_edits_are_kept_and_an_edited_file_stays_when_its_bundle_is_removed(
    service: Path, capsys: Output
) -> None:
    readme, module = service / "README.md", next(service.glob("src/*/api/list_schemas.py"))
    readme.write_text(readme.read_text() + "\nMine.\n")
    module.write_text(module.read_text() + "\nMINE = 1\n")
    commit_all(service)

    assert run(service, "add", "metrics") == 0
    commit_all(service)
    assert run(service, "remove", "api") == 0

    assert readme.read_text().endswith("\nMine.\n")
    assert [path.name for path in module.parent.iterdir()] == ["list_schemas.py"]
    output = capsys.readouterr().out
    assert (
        "Kept because you edited or renamed them (no longer in the template):\n    src/" in output
    )


def test_a_conflict_is_marked_and_reported(service: Path, capsys: Output) -> None:
    readme, makefile = service / "README.md", service / "Makefile"
    generated = {path: path.read_text().splitlines()[0] for path in (readme, makefile)}
    for path, line in generated.items():
        path.write_text(path.read_text().replace(line, f"{line} of mine", 1))
    commit_all(service)

    assert run(service, "set", "project_name=Other") == 3

    output = capsys.readouterr().out
    line = generated[readme]
    other = line.replace("Sample", "Other")
    assert readme.read_text().startswith(
        f"<<<<<<< yours\n{line} of mine\n||||||| base\n{line}\n=======\n{other}\n>>>>>>> template\n"
    )
    assert f"{CONFLICTS}    README.md\n" in output
    assert makefile.read_text().startswith(f"{generated[makefile]} of mine\n")


def test_a_conflict_in_an_invalid_file_is_marked_and_reported(
    service: Path, capsys: Output
) -> None:
    pyproject = service / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("dependencies = [", "dependencies = [ [", 1))
    commit_all(service)  # no longer valid TOML

    assert run(service, "remove", "api") == 3

    assert "<<<<<<< yours" in pyproject.read_text()
    assert f"{CONFLICTS}    pyproject.toml\n" in capsys.readouterr().out


def test_a_renamed_file_is_changed_at_its_new_path(service: Path) -> None:
    git(service, "mv", "compose.yaml", "docker-compose.yaml")
    commit_all(service)

    assert run(service, "add", "database") == 0

    assert "postgres:" in (service / "docker-compose.yaml").read_text()
    assert not (service / "compose.yaml").exists()


def test_a_deleted_file_is_not_restored(service: Path, capsys: Output) -> None:
    git(service, "rm", "--quiet", "compose.yaml")
    commit_all(service)

    assert run(service, "add", "database") == 0

    assert not (service / "compose.yaml").exists()
    output = capsys.readouterr().out
    assert "Not restored because you deleted them:\n    compose.yaml\n" in output


@pytest.mark.parametrize("ignored", [False, True], ids=["tracked", "ignored"])
def test_a_file_of_the_user_is_never_overwritten(
    ignored: bool, service: Path, capsys: Output
) -> None:
    (service / "docs" / "cache.md").write_text("mine")
    if ignored:
        (service / ".git" / "info" / "exclude").write_text("cache.md\n")
    else:
        commit_all(service)

    assert error_line(service, capsys, "add", "cache") == (
        "docs/cache.md is in the way of new files: move or rename your own, commit, and try again."
    )


def test_uncommitted_files_are_reported(service: Path, capsys: Output) -> None:
    (service / "Makefile").write_text("mine")
    (service / "new.txt").write_text("mine")

    line = error_line(service, capsys, "add", "cache")

    assert line.startswith("Makefile and new.txt are not committed: commit or stash first")


def test_a_change_during_a_merge_is_refused(service: Path, capsys: Output) -> None:
    (service / ".git" / "MERGE_HEAD").write_text(git(service, "rev-parse", "HEAD"))

    assert error_line(service, capsys, "add", "cache").startswith("A merge is in progress: ")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("add", "cash"),
            "Unknown bundles: cash (did you mean cache?). `flaskwright catalog` lists",
        ),
        (("add", "api"), "The service already has api."),
        (
            ("add", "redis_broker"),
            "redis_broker cannot be picked: it is part of a service if broker=redis. Use "
            "`flaskwright new --data broker=redis`, or `flaskwright set broker=redis`",
        ),
        (("remove", "cache"), "The service has no bundle cache."),
        (("set", "package_name=other"), "package_name cannot be changed: your code imports it."),
        (("set", "extensions=[]"), "extensions cannot be changed: use `flaskwright add`"),
        (("set", "licence=MIT"), "There is no question licence (did you mean license?): use"),
        (("set", "license=GPL"), "license: "),
        (("set", "license"), "license: write it as question=answer."),
        (("undo",), "There is nothing to undo"),
        (("update", "--to", "9.9"), "Version 9.9 of the template "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_command_that_cannot_be_run_is_refused(
    arguments: tuple[str, ...], line: str, service: Path, capsys: Output
) -> None:
    assert error_line(service, capsys, *arguments).startswith(line)


def test_a_command_outside_a_service_is_refused(tmp_path: Path, capsys: Output) -> None:
    assert error_line(tmp_path, capsys, "status").startswith("There is no .copier-answers.yml in ")


def test_a_change_outside_git_is_refused(repository: Path, tmp_path: Path, capsys: Output) -> None:
    write_files(tmp_path, generate(repository))

    assert "is not in a git repository: " in error_line(tmp_path, capsys, "add", "cache")


def test_set_changes_answers(service: Path) -> None:
    assert run(service, "set", "ci=none", "license=MIT") == 0

    assert not (service / ".github").exists()
    assert (service / "LICENSE").exists()


def test_dependents_are_removed_only_on_request(
    repository: Path, tmp_path: Path, capsys: Output
) -> None:
    service = commit_tree(tmp_path / "service", generate(repository, "auth", "cache"))
    line = "auth requires database: use --with-dependents to remove all of them."
    assert error_line(service, capsys, "remove", "database") == line

    assert run(service, "remove", "database", "--with-dependents") == 0

    assert "api" not in (service / "README.md").read_text()
    assert (service / "docs" / "cache.md").exists()


def test_a_dropped_table_is_created_again(service: Path, capsys: Output) -> None:
    assert run(service, "add", "tasks") == 0
    commit_all(service)
    assert run(service, "remove", "tasks") == 0
    (service / "migrations" / "left_behind.txt").unlink()
    commit_all(service)
    capsys.readouterr()

    assert run(service, "add", "tasks") == 0

    output = capsys.readouterr().out
    command = "flask db revision -m 'Create outbox, redeliveries and sent_schedules again'"
    assert f"    {command}   # if you dropped them\n" in output


def test_undo_keeps_edits_made_after_the_change(service: Path) -> None:
    before = service_files(service)
    assert run(service, "add", "cache") == 0
    readme = service / "README.md"
    readme.write_text(readme.read_text() + "\nLater.\n")

    assert run(service, "undo") == 0

    assert differing_paths(service_files(service), before) == ["README.md"]
    assert readme.read_bytes() == before["README.md"] + b"\nLater.\n"

    assert run(service, "undo") == 0
    assert (service / "docs" / "cache.md").exists()


def test_status_lists_edited_files(service: Path, capsys: Output) -> None:
    assert run(service, "status") == 0
    assert "No generated file was edited." in capsys.readouterr().out

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
    assert files["docs/api.md"]["renamed_to"] == "docs/rest.md"


def test_a_service_in_a_larger_repository_can_be_changed(repository: Path, tmp_path: Path) -> None:
    top = commit_tree(tmp_path / "top", {"other/notes.txt": b"theirs\n"})
    service = top / "services" / "parcels"
    write_files(service, generate(repository))
    commit_all(top)
    (top / "other" / "notes.txt").write_text("not committed\n")

    assert run(service, "add", "cache") == 0

    assert differing_paths(service_files(service), generate(repository, "cache")) == []


@pytest.mark.parametrize("kind", ["shallow clone", "linked worktree"])
def test_a_service_in_another_kind_of_checkout_can_be_changed(
    kind: str, service: Path, repository: Path, tmp_path: Path
) -> None:
    commit_all(service)
    checkout = tmp_path / "checkout"
    if kind == "shallow clone":
        git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{service}", str(checkout))
    else:
        git(service, "worktree", "add", "--quiet", str(checkout))
    committed = service_files(service)

    assert run(checkout, "add", "cache") == 0

    files = {path: file for path, file in service_files(checkout).items() if path != ".git"}
    assert differing_paths(files, generate(repository, "api", "cache")) == []
    assert differing_paths(service_files(service), committed) == []
    assert run(checkout, "undo") == 0
    assert git(checkout, "status", "--porcelain") == ""
