"""Services of every release, with edits, can be updated to the template of this commit."""

from pathlib import Path
from random import Random

import pytest

from flaskwright.template import releases
from tests.commands import rest_after
from tests.life.edit_comparison import apply_to_both, edits_of_every_kind, paths_that_differ
from tests.life.services import (
    commit_all,
    commit_tree,
    executable_paths,
    git,
    run,
    service_files,
    without_migrations,
)
from tests.template import ROOT, files

SEQUENCES: dict[str, list[tuple[str, ...]]] = {
    "update": [("update",)],
    "add, update": [("add", "metrics"), ("update",)],
    "update, add": [("update",), ("add", "metrics")],
    "remove, update": [("remove", "auth"), ("update",)],
}


@pytest.mark.parametrize("sequence", rest_after(2, SEQUENCES))
@pytest.mark.parametrize("release", releases.table(ROOT))
def test_a_service_of_a_release_is_updated(
    release: str, sequence: str, clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    newest = git(clone, "rev-parse", "HEAD").strip()
    picked = {"auth", "cache"}
    for verb, *names in SEQUENCES[sequence]:
        picked = picked | {*names} if verb == "add" else picked - {*names}
    url = f"git+file://{clone}"
    base = new(tmp_path / "base", f"{url}@{release}", "auth,cache")
    theirs = new(tmp_path / "theirs", f"{url}@{newest}", ",".join(sorted(picked)))
    service, reference = (
        commit_tree(tmp_path / "service", base),
        commit_tree(tmp_path / "reference", theirs),
    )
    apply_to_both(
        edits_of_every_kind(Random(sequence), base, theirs), (service, base), (reference, theirs)
    )
    commit_all(service)

    for verb, *names in SEQUENCES[sequence]:
        to = ("--to", newest) if verb == "update" else ()
        assert run(service, verb, *names, *to) == 0
        commit_all(service)

    result = without_migrations(service_files(service))
    expected = without_migrations(service_files(reference))
    assert paths_that_differ(result, expected) == []
    assert executable_paths(service) == executable_paths(reference)


@pytest.mark.parametrize("release", releases.table(ROOT))
def test_edits_follow_tables_to_another_bundle(
    release: str,
    clone: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    newest = git(clone, "rev-parse", "HEAD").strip()
    url = f"git+file://{clone}"
    service = commit_tree(
        tmp_path / "service", new(tmp_path / "new", f"{url}@{release}", "auth,example")
    )
    package = service / "src" / "sample"
    moved = {
        "auth/models.py": ("accounts/models.py", "    is_active: Map"),
        "auth/roles.py": ("accounts/roles.py", '    "user": '),
        "example/models.py": ("example_items/models.py", "    word_count: Map"),
    }
    for before, (_after, line) in moved.items():
        text = (package / before).read_text()
        assert line in text
        (package / before).write_text(text.replace(line, f"    # Mine.\n{line}"))
    (package / "mine.py").write_text("from .auth.models import User\n\nADMIN = User()\n")
    commit_all(service)
    revisions = {path.name for path in (service / "migrations" / "versions").iterdir()}

    assert run(service, "update", "--to", newest) == 0

    for before, (after, line) in moved.items():
        assert f"    # Mine.\n{line}" in (package / after).read_text()
        assert not (package / before).exists()
    output = capsys.readouterr().out
    assert "mine.py:1: sample.auth.models.User is now sample.accounts.models.User\n" in output
    assert "left_behind" not in output
    added = {path.name for path in (service / "migrations" / "versions").iterdir()} - revisions
    assert {name for name in added if name.startswith("accounts")} == (
        set() if "auth_0002.py" in revisions else {"accounts_0002.py"}
    )
    assert {name for name in added if name.startswith("example")} == (
        set() if "example_0002.py" in revisions else {"example_items_0002.py"}
    )
    commit_all(service)
    assert run(service, "remove", "auth", "example") == 0
    assert "users, logins, login_attempts" in capsys.readouterr().out


def new(folder: Path, template: str, picked: str) -> dict[str, bytes]:
    """Run `flaskwright new` and return the files."""
    options = ("--preset", "minimal", "--with", picked, "--data", "project_name=Sample")
    assert (
        run(folder.parent, "new", str(folder), *options, "--defaults", "--template", template) == 0
    )
    return files(folder)
