"""`flaskwright update`: newer versions of the template, alone and with other bundles."""

import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import copier
import pytest

from flaskwright.service.migrations import history
from tests.commands import rest_after
from tests.life.services import (
    commit_all,
    commit_tree,
    differing_paths,
    error_line,
    generate,
    git,
    run,
    service_files,
)
from tests.template import copy_template
from tests.terminal import Terminal
from tests.tool.catalogs import write_bundle


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A template with one release."""
    folder = commit_tree(copy_template(tmp_path / "template"), {})
    git(folder, "tag", "v0.1.0")
    return folder


@pytest.fixture
def service(template: Path, tmp_path: Path) -> Path:
    """A service of that release with an edit, committed."""
    folder = commit_tree(tmp_path / "service", generate(template, "api"))
    edit(folder)
    commit_all(folder)
    return folder


def edit(folder: Path) -> None:
    """Edit a generated file."""
    readme = folder / "README.md"
    readme.write_text(f"{readme.read_text()}\nMine.\n")


def release(template: Path, version: str) -> None:
    """Release a version that changes the kernel and a bundle, and renames a file of another."""
    makefile = template / "template" / "Makefile.jinja"
    makefile.write_text(f"{makefile.read_text()}\n# {version}\n")
    cache = template / "extensions_catalog" / "cache"
    guide = cache / "GUIDE.md"
    guide.write_text(f"{guide.read_text()}\nOf {version}.\n")
    api = template / "extensions_catalog" / "api"
    (api / "src" / "package" / "api" / "routing.py").rename(
        api / "src" / "package" / "api" / "routes.py"
    )
    for path in (api / "extension.yml", api / "src" / "package" / "api" / "__init__.py"):
        path.write_text(path.read_text().replace("routing", "routes"))
    commit_all(template)
    git(template, "tag", version)


def test_an_updated_service_equals_a_new_one_with_the_same_edits(
    template: Path, service: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(service, "status", "--exit-code") == 0
    release(template, "v0.2.0")
    assert run(service, "status", "--exit-code") == 2

    assert run(service, "update") == 0

    assert "Template: v0.1.0 -> v0.2.0\n" in capsys.readouterr().out
    expected = commit_tree(tmp_path / "expected", generate(template, "api"))
    edit(expected)
    assert differing_paths(service_files(service), service_files(expected)) == []
    assert run(service, "update", "--dry-run") == 1  # not committed


def test_an_edited_file_is_renamed_with_the_template(template: Path, service: Path) -> None:
    folder = service / "src" / "sample" / "api"
    edited = folder.joinpath("routing.py").read_text() + "\nMINE = 1\n"
    folder.joinpath("routing.py").write_text(edited)
    commit_all(service)
    release(template, "v0.2.0")

    assert run(service, "update") == 0

    assert folder.joinpath("routes.py").read_text() == edited
    assert not folder.joinpath("routing.py").exists()


def test_add_uses_the_services_version_of_the_template(template: Path, service: Path) -> None:
    release(template, "v0.2.0")

    assert run(service, "add", "cache") == 0
    commit_all(service)
    assert "Of v0.2.0." not in (service / "docs" / "cache.md").read_text()

    assert run(service, "update") == 0
    assert "Of v0.2.0." in (service / "docs" / "cache.md").read_text()


def test_a_bundle_of_a_newer_version_needs_an_update(
    template: Path, service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bundle(template, "letters", category="letters")
    release(template, "v0.2.0")

    line = error_line(service, capsys, "add", "letters")

    assert line == (
        "v0.1.0 has no letters, but v0.2.0 does: run `flaskwright update` and commit, then add."
    )
    assert error_line(service, capsys, "add", "unheard").startswith("Unknown bundles: unheard. ")

    assert run(service, "update") == 0
    commit_all(service)
    assert run(service, "add", "letters") == 0


def test_an_up_to_date_service_is_not_changed(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()

    assert run(service, "update") == 0

    assert capsys.readouterr().out == "Nothing to change.\n"


def test_a_new_requirement_of_a_bundle_is_added(
    template: Path, service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(service, "add", "cache") == 0
    commit_all(service)
    manifest = template / "extensions_catalog" / "cache" / "extension.yml"
    manifest.write_text(manifest.read_text().replace("requires: []", "requires: [database]"))
    commit_all(template)
    git(template, "tag", "v0.2.0")

    assert run(service, "update") == 0

    assert "Added: database\n" in capsys.readouterr().out
    expected = generate(template, "api", "cache")
    edited = expected["README.md"] + b"\nMine.\n"
    assert differing_paths(service_files(service), {**expected, "README.md": edited}) == []


def test_a_bundle_that_the_template_dropped_must_be_removed_first(
    template: Path, service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(service, "add", "flower") == 0
    commit_all(service)
    before = service_files(service)
    git(template, "rm", "-r", "--quiet", "extensions_catalog/flower")
    presets = template / "extensions_catalog" / "presets.yml"
    presets.write_text(presets.read_text().replace("flower, ", ""))
    commit_all(template)
    git(template, "tag", "v0.2.0")
    capsys.readouterr()

    assert run(service, "update") == 1

    line = "v0.2.0 has no flower: run `flaskwright remove flower` and commit, then update."
    assert capsys.readouterr().err == f"flaskwright: {line}\n"
    assert differing_paths(service_files(service), before) == []

    assert run(service, "remove", "flower") == 0
    commit_all(service)
    assert run(service, "update") == 0


@pytest.mark.parametrize("refusal", rest_after(1, ["no", "end of input", "Ctrl-C"]))
def test_an_update_on_a_terminal_is_confirmed(refusal: str, template: Path, service: Path) -> None:
    before = service_files(service)
    release(template, "v0.2.0")

    terminal = Terminal(service, "update")
    terminal.wait_for("Template: v0.1.0 -> v0.2.0")
    terminal.wait_for("Apply these changes? [Y/n]")
    if refusal == "Ctrl-C":
        # Python's input() misses a signal that arrives just before it waits.
        while terminal.process.poll() is None:
            terminal.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                terminal.process.wait(0.2)
    else:
        terminal.type("n\r" if refusal == "no" else "\x04")
    assert terminal.end() == 1
    assert "othing was changed" in terminal.seen
    assert differing_paths(service_files(service), before) == []

    terminal = Terminal(service, "update")
    terminal.wait_for("Apply these changes? [Y/n]")
    terminal.answer()
    terminal.wait_for("make test")
    assert terminal.end() == 0
    assert differing_paths(service_files(service), before) != []


def test_a_service_newer_than_the_newest_release_is_not_changed(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    makefile = template / "template" / "Makefile.jinja"
    makefile.write_text(f"{makefile.read_text()}\n# Not released.\n")
    commit_all(template)
    service = commit_tree(tmp_path / "newer", generate(template, "api"))
    capsys.readouterr()

    assert run(service, "update") == 0

    assert capsys.readouterr().out == "Nothing to change.\n"


def test_copier_update_changes_the_version_and_the_selection(template: Path, service: Path) -> None:
    release(template, "v0.2.0")

    copier.run_update(service, defaults=True, overwrite=True, quiet=True)
    commit_all(service)
    expected = generate(template, "api")
    edited = expected["README.md"] + b"\nMine.\n"
    assert differing_paths(service_files(service), {**expected, "README.md": edited}) == []

    data = {"extensions": ["api", "cache"]}
    copier.run_update(service, data=data, defaults=True, overwrite=True, quiet=True)
    commit_all(service)
    assert (service / "docs" / "cache.md").read_bytes().endswith(b"\nOf v0.2.0.\n")
    assert run(service, "remove", "cache") == 0
    assert differing_paths(service_files(service), {**expected, "README.md": edited}) == []


def test_a_newer_migration_of_a_bundle_follows_the_users_own(
    template: Path, tmp_path: Path
) -> None:
    service = commit_tree(tmp_path / "with-tasks", generate(template, "tasks"))
    versions = service / "migrations" / "versions"
    versions.joinpath("mine.py").write_text('revision = "mine"\ndown_revision = "tasks_0003"\n')
    commit_all(service)
    before = service_files(service)
    bundle = template / "extensions_catalog" / "tasks"
    initial = bundle / "migrations" / "initial" / "tasks_0003.py"
    initial.rename(initial.with_stem("tasks_0004"))
    second = bundle / "migrations" / "versions" / "tasks_0003.py"
    second.with_stem("tasks_0004").write_text(second.read_text().replace("_0003", "_0004"))
    manifest, line = bundle / "extension.yml", "  - migrations/versions/tasks_0003.py\n"
    listed = manifest.read_text().replace("initial/tasks_0003", "initial/tasks_0004")
    manifest.write_text(listed.replace(line, line + line.replace("_0003", "_0004")))
    commit_all(template)
    git(template, "tag", "v0.2.0")

    assert run(service, "update") == 0

    changed = differing_paths(service_files(service), before)
    assert changed == [".copier-answers.yml", "migrations/versions/tasks_0004.py"]
    assert history(versions).revisions == {
        "tasks_0003": (),
        "mine": ("tasks_0003",),
        "tasks_0004": ("mine",),
    }


def test_an_update_to_another_template_records_it(
    template: Path, service: Path, tmp_path: Path
) -> None:
    fork = tmp_path / "fork"
    git(tmp_path, "clone", "--quiet", str(template), str(fork))
    release(fork, "v0.2.0")

    assert run(service, "update", "--template", str(fork)) == 0

    recorded = (service / ".copier-answers.yml").read_text()
    assert f"_commit: v0.2.0\n_src_path: {fork}\n" in recorded
    assert run(service, "undo") == 0
    assert f"_src_path: {template}\n" in (service / ".copier-answers.yml").read_text()
