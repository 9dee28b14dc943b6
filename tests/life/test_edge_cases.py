"""Unusual states of a service: each is handled, or refused with an error that says what to do."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.life.services import commit_all, commit_tree, error_line, generate, git, run, write_files
from tests.template import ROOT

Output = pytest.CaptureFixture[str]


@pytest.fixture
def service(repository: Path, tmp_path: Path) -> Path:
    """A service with a database, committed."""
    return commit_tree(tmp_path / "service", generate(repository, "database"))


def test_undo_is_refused_if_a_migration_depends_on_a_removed_one(
    service: Path, capsys: Output
) -> None:
    assert run(service, "add", "tasks") == 0
    versions = service / "migrations" / "versions"
    versions.joinpath("mine.py").write_text('revision = "mine"\ndown_revision = "tasks_0003"\n')
    commit_all(service)

    line = "The migration mine depends on tasks_0003, which undo would remove: use `flaskwright"
    assert error_line(service, capsys, "undo").startswith(line)

    versions.joinpath("mine.py").unlink()
    capsys.readouterr()
    assert run(service, "undo") == 0
    assert (
        "    # tasks_0003 was removed. If a database has applied it, run `flaskwright undo`, "
        "`flask db downgrade`, and `flaskwright undo` again\n"
    ) in capsys.readouterr().out


def test_undo_is_refused_after_another_clone_changed_the_answers(
    repository: Path, service: Path, capsys: Output
) -> None:
    assert run(service, "add", "auth") == 0
    commit_all(service)
    # As after pulling a change that was made in another clone.
    commit_tree(service, generate(repository, "auth", "example"))

    line = ".copier-answers.yml was edited after the last change, so it cannot be undone alone: "
    assert error_line(service, capsys, "undo").startswith(line)


def test_undo_reports_only_what_it_changes(service: Path, capsys: Output) -> None:
    assert run(service, "set", "ci=none") == 0
    capsys.readouterr()
    assert run(service, "undo", "--json") == 0
    assert json.loads(capsys.readouterr().out)["answers"] == {"ci": "github"}

    commit_all(service)
    assert run(service, "add", "cache") == 0
    git(service, "checkout", "--quiet", ".")
    git(service, "clean", "--quiet", "--force", "-d")
    capsys.readouterr()
    assert run(service, "undo", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["files"] == report["bundles_removed"] == []


def test_undo_during_a_merge_is_refused(service: Path, capsys: Output) -> None:
    assert run(service, "set", "ci=none") == 0
    commit_all(service)
    (service / ".git" / "MERGE_HEAD").write_text(git(service, "rev-parse", "HEAD"))

    assert error_line(service, capsys, "undo").startswith("A merge is in progress: ")


@pytest.mark.parametrize(
    ("mine", "bundle"),
    [("src/sample/metrics.py", "metrics"), ("src/sample/cache/__init__.py", "cache")],
)
def test_a_module_and_a_package_of_the_same_name_are_refused(
    mine: str, bundle: str, service: Path, capsys: Output
) -> None:
    (service / mine).parent.mkdir(exist_ok=True)
    (service / mine).write_text('"""Mine."""\n')
    commit_all(service)

    line = f"{mine} is in the way of new files: move or rename your own, "
    assert error_line(service, capsys, "add", bundle).startswith(line)


def test_a_dry_run_is_refused_if_the_change_would_be(service: Path, capsys: Output) -> None:
    (service / "src" / "sample" / "metrics").write_text("mine\n")
    commit_all(service)

    for arguments in (["--dry-run"], []):
        line = error_line(service, capsys, "add", "metrics", *arguments)
        assert line == "Nothing was changed; move away: src/sample/metrics; then try again."


@pytest.mark.parametrize("command", ["add cache > /dev/full", "add cache | true"])
def test_a_change_succeeds_if_its_output_cannot_be_written(command: str, service: Path) -> None:
    program = f'"{sys.executable}" -m flaskwright'
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{program} {command}"],
        cwd=service,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert (service / "docs" / "cache.md").exists()


def test_a_submodule_is_not_taken_for_a_renamed_file(service: Path, tmp_path: Path) -> None:
    library = commit_tree(tmp_path / "library", {"library.py": b"\n"})
    allow = ("-c", "protocol.file.allow=always")
    git(service, *allow, "submodule", "--quiet", "add", str(library), "third_party/library")
    git(service, "rm", "--quiet", "docs/database.md")
    commit_all(service)

    assert run(service, "status") == 0
    assert run(service, "set", "ci=none") == 0


def test_a_link_that_replaces_a_generated_file_is_an_edit(service: Path, capsys: Output) -> None:
    (service / "infra").mkdir()
    git(service, "mv", "Dockerfile", "infra/Dockerfile")
    (service / "Dockerfile").symlink_to("infra/Dockerfile")
    commit_all(service)
    capsys.readouterr()

    assert run(service, "status") == 0

    assert "Dockerfile (kernel): edited" in capsys.readouterr().out


def test_a_moved_migrations_folder_is_reported(service: Path, capsys: Output) -> None:
    assert run(service, "add", "tasks") == 0
    commit_all(service)
    git(service, "mv", "migrations", "db")
    commit_all(service)

    assert error_line(service, capsys, "add", "auth").startswith(
        "migrations/versions does not exist, "
    )


def test_a_sparse_checkout_is_refused(service: Path, capsys: Output) -> None:
    git(service, "sparse-checkout", "set", "--no-cone", "/*", "!/docs/database.md")

    line = error_line(service, capsys, "add", "cache")
    assert line == (
        "docs/database.md is in git, but not checked out: run `git sparse-checkout disable` first."
    )


def test_a_service_that_git_ignores_is_refused(
    repository: Path, tmp_path: Path, capsys: Output
) -> None:
    commit_tree(tmp_path, {".gitignore": b"*\n"})
    service = tmp_path / "service"
    write_files(service, generate(repository))

    line = error_line(service, capsys, "add", "cache")
    assert line.startswith(".copier-answers.yml is not in git, or git ignores it: ")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change the owner")
def test_a_service_of_another_user_is_refused_unless_git_trusts_it(
    service: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUDO_UID", raising=False)
    for directory in (service, service / ".git"):
        os.chown(directory, 1234, 1234)

    assert error_line(service, capsys, "add", "cache").startswith(f"git does not trust {service}, ")

    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "*")
    assert run(service, "add", "cache") == 0


@pytest.mark.parametrize(
    "name", ["д" * 100 + "/" + "и" * 100, b"\xff\xfe".decode(errors="surrogateescape")]
)
def test_a_long_or_undecodable_path_in_a_larger_repository(
    name: str, repository: Path, tmp_path: Path
) -> None:
    top = commit_tree(tmp_path / "top", {"notes.txt": b"theirs\n"})
    service = top / name
    write_files(service, generate(repository))
    commit_all(top)

    assert run(service, "add", "cache") == 0
    assert run(service, "undo") == 0
    assert git(top, "status", "--porcelain") == ""


def test_a_file_that_was_only_formatted_counts_as_unedited(
    repository: Path, tmp_path: Path
) -> None:
    service = commit_tree(tmp_path, generate(repository, "tasks"))
    module = service / "src" / "sample" / "tasks" / "broker.py"
    ruff = Path(sys.executable).with_name("ruff")
    subprocess.run([ruff, "format", "--quiet", "--line-length", "60", module], check=True)
    commit_all(service)

    assert run(service, "set", "broker=rabbitmq") == 0

    expected = generate(repository, "tasks", answers=("broker=rabbitmq",))
    assert module.read_bytes() == expected["src/sample/tasks/broker.py"]


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (lambda text: text.replace("- database", ""), "extensions in .copier-answers.yml is not"),
        (lambda text: text.replace("- database", "- api\n- api"), "extensions in .copier-answers"),
        (
            lambda text: f"{text}_commit: 1234567\n",
            "_commit in .copier-answers.yml is not a string: ",
        ),
    ],
    ids=["empty", "twice", "a number"],
)
def test_invalid_values_in_the_answers_file_are_reported(
    edit: Callable[[str], str], line: str, service: Path, capsys: Output
) -> None:
    answers = service / ".copier-answers.yml"
    answers.write_text(edit(answers.read_text()))
    commit_all(service)

    assert error_line(service, capsys, "status").startswith(line)


def test_a_deleted_remote_is_reported(service: Path, tmp_path: Path, capsys: Output) -> None:
    answers = service / ".copier-answers.yml"
    gone = f"git+file://{tmp_path}/gone"
    lines = [
        f"_src_path: {gone}" if line.startswith("_src_path") else line
        for line in answers.read_text().splitlines()
    ]
    answers.write_text("\n".join([*lines, ""]))
    commit_all(service)

    line = error_line(service, capsys, "update")
    assert f"'{tmp_path}/gone' does not appear to be a git repository" in line


def test_a_template_that_the_tool_cannot_read_is_reported(
    service: Path, tmp_path: Path, capsys: Output
) -> None:
    template = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", str(ROOT), str(template))
    manifest = template / "extensions_catalog" / "cache" / "extension.yml"
    manifest.write_text(f"{manifest.read_text()}unheard_of: 1\n")
    commit_all(template)

    newer = git(template, "rev-parse", "HEAD").strip()
    line = error_line(service, capsys, "update", "--to", newer, "--template", str(template))
    assert line.startswith("This version of flaskwright cannot read the template at ")
    assert "unheard_of" in line
