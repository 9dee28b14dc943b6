"""A service follows its template to newer versions, alone and with other bundles."""

import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import copier
import pytest

from flaskwright.service.migrations import history
from tests.life.services import commit, different, fresh, git, put, run, tree
from tests.template import copy_template
from tests.terminal import Terminal


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A template with one release, which the test may follow with another."""
    folder = put(copy_template(tmp_path / "template"), {})
    git(folder, "tag", "v0.1.0")
    return folder


@pytest.fixture
def service(template: Path, tmp_path: Path) -> Path:
    """A service of that release with an edit, committed."""
    folder = put(tmp_path / "service", fresh(template, "api"))
    edit(folder)
    commit(folder)
    return folder


def edit(folder: Path) -> None:
    readme = folder / "README.md"
    readme.write_text(f"{readme.read_text()}\nMine.\n")


def release(template: Path, version: str) -> None:
    """Change the kernel and a bundle, rename a file of it, and release that."""
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
    commit(template)
    git(template, "tag", version)


def test_an_update_is_what_a_fresh_service_with_the_edits_is(
    template: Path, service: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(service, "status", "--exit-code") == 0
    release(template, "v0.2.0")
    assert run(service, "status", "--exit-code") == 2

    assert run(service, "update") == 0

    assert "The template moves from v0.1.0 to v0.2.0." in capsys.readouterr().out
    expected = put(tmp_path / "expected", fresh(template, "api"))
    edit(expected)
    assert different(tree(service), tree(expected)) == []
    assert run(service, "update", "--dry-run") == 1  # not committed


def test_an_edited_file_moves_with_the_template(template: Path, service: Path) -> None:
    room = service / "src" / "sample" / "api"
    edited = room.joinpath("routing.py").read_text() + "\nMINE = 1\n"
    room.joinpath("routing.py").write_text(edited)
    commit(service)
    release(template, "v0.2.0")

    assert run(service, "update") == 0

    assert room.joinpath("routes.py").read_text() == edited
    assert not room.joinpath("routing.py").exists()


def test_adding_stays_on_the_service_s_own_version(template: Path, service: Path) -> None:
    release(template, "v0.2.0")

    assert run(service, "add", "cache") == 0
    commit(service)
    assert "Of v0.2.0." not in (service / "docs" / "cache.md").read_text()

    assert run(service, "update") == 0
    assert "Of v0.2.0." in (service / "docs" / "cache.md").read_text()


def test_there_is_nothing_to_update(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()

    assert run(service, "update") == 0

    assert capsys.readouterr().out == "Nothing changes.\n"


def test_a_bundle_that_needs_another_from_now_on_brings_it(
    template: Path, service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(service, "add", "cache") == 0
    commit(service)
    manifest = template / "extensions_catalog" / "cache" / "extension.yml"
    manifest.write_text(manifest.read_text().replace("requires: []", "requires: [database]"))
    commit(template)
    git(template, "tag", "v0.2.0")

    assert run(service, "update") == 0

    assert "Added: database\n" in capsys.readouterr().out
    expected = fresh(template, "api", "cache")
    edited = expected["README.md"] + b"\nMine.\n"
    assert different(tree(service), {**expected, "README.md": edited}) == []


def test_a_bundle_that_the_template_has_no_more(
    template: Path, service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(service, "add", "cache") == 0
    commit(service)
    before = tree(service)
    git(template, "rm", "-r", "--quiet", "extensions_catalog/cache")
    presets = template / "extensions_catalog" / "presets.yml"
    presets.write_text(presets.read_text().replace("cache, ", ""))
    commit(template)
    git(template, "tag", "v0.2.0")
    capsys.readouterr()

    assert run(service, "update") == 1

    line = "v0.2.0 has no cache any more: `flaskwright remove cache` first, and commit."
    assert capsys.readouterr().err == f"flaskwright: {line}\n"
    assert different(tree(service), before) == []

    assert run(service, "remove", "cache") == 0
    commit(service)
    assert run(service, "update") == 0


@pytest.mark.parametrize("way_out", ["no", "end of input", "Ctrl-C"])
def test_an_update_asks_on_a_terminal(way_out: str, template: Path, service: Path) -> None:
    before = tree(service)
    release(template, "v0.2.0")

    terminal = Terminal(service, "update")
    terminal.wait_for("The template moves from v0.1.0 to v0.2.0.")
    terminal.wait_for("Make these changes? [Y/n]")
    if way_out == "Ctrl-C":
        # Python's input() misses a signal in the instant before it waits.
        while terminal.process.poll() is None:
            terminal.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                terminal.process.wait(0.2)
    else:
        terminal.type("n\r" if way_out == "no" else "\x04")
    assert terminal.end() == 1
    assert "othing was changed" in terminal.seen
    assert different(tree(service), before) == []

    terminal = Terminal(service, "update")
    terminal.wait_for("Make these changes? [Y/n]")
    terminal.answer()
    terminal.wait_for("make test")
    assert terminal.end() == 0
    assert different(tree(service), before) != []


def test_a_service_of_a_commit_after_the_newest_release_stays(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    makefile = template / "template" / "Makefile.jinja"
    makefile.write_text(f"{makefile.read_text()}\n# Not released.\n")
    commit(template)
    service = put(tmp_path / "newer", fresh(template, "api"))
    capsys.readouterr()

    assert run(service, "update") == 0

    assert capsys.readouterr().out == "Nothing changes.\n"


def test_copier_s_own_update_moves_the_version_and_the_selection(
    template: Path, service: Path
) -> None:
    release(template, "v0.2.0")

    copier.run_update(service, defaults=True, overwrite=True, quiet=True)
    commit(service)
    fresh_one = fresh(template, "api")
    edited = fresh_one["README.md"] + b"\nMine.\n"
    assert different(tree(service), {**fresh_one, "README.md": edited}) == []

    data = {"extensions": ["api", "cache"]}
    copier.run_update(service, data=data, defaults=True, overwrite=True, quiet=True)
    commit(service)
    assert (service / "docs" / "cache.md").read_bytes().endswith(b"\nOf v0.2.0.\n")
    assert run(service, "remove", "cache") == 0
    assert different(tree(service), {**fresh_one, "README.md": edited}) == []


def test_a_newer_migration_of_a_bundle_goes_behind_the_project_s_own(
    template: Path, tmp_path: Path
) -> None:
    service = put(tmp_path / "with-tasks", fresh(template, "tasks"))
    versions = service / "migrations" / "versions"
    versions.joinpath("mine.py").write_text('revision = "mine"\ndown_revision = "tasks_0002"\n')
    commit(service)
    before = tree(service)
    bundle = template / "extensions_catalog" / "tasks"
    initial = bundle / "migrations" / "initial" / "tasks_0002.py"
    initial.rename(initial.with_stem("tasks_0003"))
    second = bundle / "migrations" / "versions" / "tasks_0002.py"
    second.with_stem("tasks_0003").write_text(second.read_text().replace("_0002", "_0003"))
    manifest, line = bundle / "extension.yml", "  - migrations/versions/tasks_0002.py\n"
    listed = manifest.read_text().replace("initial/tasks_0002", "initial/tasks_0003")
    manifest.write_text(listed.replace(line, line + line.replace("_0002", "_0003")))
    commit(template)
    git(template, "tag", "v0.2.0")

    assert run(service, "update") == 0

    changed = different(tree(service), before)
    assert changed == [".copier-answers.yml", "migrations/versions/tasks_0003.py"]
    assert history(versions).revisions == {
        "tasks_0002": (),
        "mine": ("tasks_0002",),
        "tasks_0003": ("mine",),
    }
