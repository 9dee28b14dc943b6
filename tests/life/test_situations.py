"""Services in situations that a careful person gets into, and what the tool makes of them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.life.services import commit, fresh, git, put, refusal, run
from tests.template import ROOT

Output = pytest.CaptureFixture[str]


@pytest.fixture
def service(repository: Path, tmp_path: Path) -> Path:
    """A service with a database, committed."""
    return put(tmp_path / "service", fresh(repository, "database"))


def test_undo_leaves_no_migration_without_the_one_before_it(service: Path, capsys: Output) -> None:
    assert run(service, "add", "tasks") == 0
    versions = service / "migrations" / "versions"
    versions.joinpath("mine.py").write_text('revision = "mine"\ndown_revision = "tasks_0002"\n')
    commit(service)

    line = "The migration mine follows tasks_0002, which would go: use `flaskwright"
    assert refusal(service, capsys, "undo").startswith(line)

    versions.joinpath("mine.py").unlink()
    capsys.readouterr()
    assert run(service, "undo") == 0
    went = "# tasks_0002 went: if a database has it, undo this"
    assert went in capsys.readouterr().out


def test_undo_takes_nothing_back_from_under_another_change(
    repository: Path, service: Path, capsys: Output
) -> None:
    assert run(service, "add", "auth") == 0
    commit(service)
    put(service, fresh(repository, "auth", "example"))  # by somebody else, from another clone

    line = ".copier-answers.yml has other answers than the last change left"
    assert refusal(service, capsys, "undo").startswith(line)


def test_undo_tells_what_it_changes(service: Path, capsys: Output) -> None:
    assert run(service, "set", "ci=none") == 0
    capsys.readouterr()
    assert run(service, "undo", "--json") == 0
    assert json.loads(capsys.readouterr().out)["answers"] == {"ci": "github"}

    commit(service)
    assert run(service, "add", "cache") == 0
    git(service, "checkout", "--quiet", ".")
    git(service, "clean", "--quiet", "--force", "-d")
    capsys.readouterr()
    assert run(service, "undo", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == told["bundles_removed"] == []


def test_undo_waits_for_the_end_of_a_merge(service: Path, capsys: Output) -> None:
    assert run(service, "set", "ci=none") == 0
    commit(service)
    (service / ".git" / "MERGE_HEAD").write_text(git(service, "rev-parse", "HEAD"))

    assert refusal(service, capsys, "undo").startswith("A merge is under way")


@pytest.mark.parametrize(
    ("mine", "bundle"),
    [("src/sample/metrics.py", "metrics"), ("src/sample/cache/__init__.py", "cache")],
)
def test_a_module_and_a_package_of_one_name(
    mine: str, bundle: str, service: Path, capsys: Output
) -> None:
    (service / mine).parent.mkdir(exist_ok=True)
    (service / mine).write_text('"""Mine."""\n')
    commit(service)

    assert refusal(service, capsys, "add", bundle).startswith(f"{mine} is yours, where the change")


def test_a_dry_run_is_refused_where_the_change_would_be(service: Path, capsys: Output) -> None:
    (service / "src" / "sample" / "metrics").write_text("mine\n")
    commit(service)

    for arguments in (["--dry-run"], []):
        line = refusal(service, capsys, "add", "metrics", *arguments)
        assert line == "Nothing was changed; move away: src/sample/metrics; then try again."


@pytest.mark.parametrize("command", ["add cache > /dev/full", "add cache | true"])
def test_output_that_nobody_reads(command: str, service: Path) -> None:
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


def test_a_submodule_is_no_file_that_was_renamed(service: Path, tmp_path: Path) -> None:
    library = put(tmp_path / "library", {"library.py": b"\n"})
    allow = ("-c", "protocol.file.allow=always")
    git(service, *allow, "submodule", "--quiet", "add", str(library), "third_party/library")
    git(service, "rm", "--quiet", "docs/database.md")
    commit(service)

    assert run(service, "status") == 0
    assert run(service, "set", "ci=none") == 0


def test_a_link_in_the_place_of_a_generated_file(service: Path, capsys: Output) -> None:
    (service / "infra").mkdir()
    git(service, "mv", "Dockerfile", "infra/Dockerfile")
    (service / "Dockerfile").symlink_to("infra/Dockerfile")
    commit(service)
    capsys.readouterr()

    assert run(service, "status") == 0

    assert "Dockerfile (kernel): edited" in capsys.readouterr().out


def test_migrations_that_were_moved(service: Path, capsys: Output) -> None:
    assert run(service, "add", "tasks") == 0
    commit(service)
    git(service, "mv", "migrations", "db")
    commit(service)

    assert refusal(service, capsys, "add", "auth").startswith("migrations/versions is not there")


def test_a_sparse_checkout(service: Path, capsys: Output) -> None:
    git(service, "sparse-checkout", "set", "--no-cone", "/*", "!/docs/database.md")

    line = refusal(service, capsys, "add", "cache")
    assert line == (
        "docs/database.md is in git and not checked out: `git sparse-checkout disable` first."
    )


def test_a_service_that_git_ignores(repository: Path, tmp_path: Path, capsys: Output) -> None:
    put(tmp_path, {".gitignore": b"*\n"})
    service = tmp_path / "service"
    for path, content in fresh(repository).items():
        (service / path).parent.mkdir(parents=True, exist_ok=True)
        (service / path).write_bytes(content)

    line = refusal(service, capsys, "add", "cache")
    assert line.startswith("git has no .copier-answers.yml of this service, or ignores it")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a service to somebody else")
def test_a_service_of_somebody_else(
    service: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUDO_UID", raising=False)
    for place in (service, service / ".git"):
        os.chown(place, 1234, 1234)

    assert refusal(service, capsys, "add", "cache").startswith(f"git does not trust {service}")

    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "*")
    assert run(service, "add", "cache") == 0


@pytest.mark.parametrize(
    "name", ["д" * 100 + "/" + "и" * 100, b"\xff\xfe".decode(errors="surrogateescape")]
)
def test_any_place_in_a_larger_repository(name: str, repository: Path, tmp_path: Path) -> None:
    top = put(tmp_path / "top", {"notes.txt": b"theirs\n"})
    service = top / name
    for path, content in fresh(repository).items():
        (service / path).parent.mkdir(parents=True, exist_ok=True)
        (service / path).write_bytes(content)
    commit(top)

    assert run(service, "add", "cache") == 0
    assert run(service, "undo") == 0
    assert git(top, "status", "--porcelain") == ""


def test_a_file_that_was_only_formatted(repository: Path, tmp_path: Path) -> None:
    service = put(tmp_path, fresh(repository, "tasks"))
    module = service / "src" / "sample" / "tasks" / "broker.py"
    ruff = Path(sys.executable).with_name("ruff")
    subprocess.run([ruff, "format", "--quiet", "--line-length", "60", module], check=True)
    commit(service)

    assert run(service, "set", "broker=rabbitmq") == 0

    expected = fresh(repository, "tasks", answers=("broker=rabbitmq",))
    assert module.read_bytes() == expected["src/sample/tasks/broker.py"]


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (lambda text: text.replace("- database", ""), "extensions in .copier-answers.yml is no"),
        (lambda text: text.replace("- database", "- api\n- api"), "extensions in .copier-answers"),
        (lambda text: f"{text}_commit: 1234567\n", "_commit in .copier-answers.yml is no text"),
    ],
    ids=["empty", "twice", "a number"],
)
def test_answers_that_were_edited(
    edit: Callable[[str], str], line: str, service: Path, capsys: Output
) -> None:
    answers = service / ".copier-answers.yml"
    answers.write_text(edit(answers.read_text()))
    commit(service)

    assert refusal(service, capsys, "status").startswith(line)


def test_a_remote_that_is_gone(service: Path, tmp_path: Path, capsys: Output) -> None:
    answers = service / ".copier-answers.yml"
    gone = f"git+file://{tmp_path}/gone"
    lines = [
        f"_src_path: {gone}" if line.startswith("_src_path") else line
        for line in answers.read_text().splitlines()
    ]
    answers.write_text("\n".join([*lines, ""]))
    commit(service)

    line = refusal(service, capsys, "update")
    assert f"'{tmp_path}/gone' does not appear to be a git repository" in line


def test_a_template_that_the_tool_cannot_work_with(
    service: Path, tmp_path: Path, capsys: Output
) -> None:
    template = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", str(ROOT), str(template))
    manifest = template / "extensions_catalog" / "cache" / "extension.yml"
    manifest.write_text(f"{manifest.read_text()}unheard_of: 1\n")
    commit(template)

    newer = git(template, "rev-parse", "HEAD").strip()
    line = refusal(service, capsys, "update", "--to", newer, "--template", str(template))
    assert line.startswith("This version of the tool cannot work with the template at ")
    assert "unheard_of" in line
