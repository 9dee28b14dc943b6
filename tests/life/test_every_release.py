"""Services of every release so far follow the template of this commit, with their edits."""

from pathlib import Path
from random import Random

import pytest

from flaskwright.template import releases
from tests.life.edited import different_in_meaning, make_in_both, one_of_each
from tests.life.services import commit, executables, git, put, run, tree, without_history
from tests.template import ROOT, files

WAYS: dict[str, list[tuple[str, ...]]] = {
    "update": [("update",)],
    "add, update": [("add", "metrics"), ("update",)],
    "update, add": [("update",), ("add", "metrics")],
    "remove, update": [("remove", "auth"), ("update",)],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("release", releases.table(ROOT))
def test_a_service_of_a_release_is_updated(
    release: str, way: str, clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    now = git(clone, "rev-parse", "HEAD").strip()
    picked = {"auth", "cache"}
    for verb, *names in WAYS[way]:
        picked = picked | {*names} if verb == "add" else picked - {*names}
    url = f"git+file://{clone}"
    base = new(tmp_path / "base", f"{url}@{release}", "auth,cache")
    theirs = new(tmp_path / "theirs", f"{url}@{now}", ",".join(sorted(picked)))
    one, other = put(tmp_path / "one", base), put(tmp_path / "other", theirs)
    make_in_both(one_of_each(Random(way), base, theirs), (one, base), (other, theirs))
    commit(one)

    for verb, *names in WAYS[way]:
        to = ("--to", now) if verb == "update" else ()
        assert run(one, verb, *names, *to) == 0
        commit(one)

    seen, expected = without_history(tree(one)), without_history(tree(other))
    assert different_in_meaning(seen, expected) == []
    assert executables(one) == executables(other)


def new(made: Path, template: str, picked: str) -> dict[str, bytes]:
    options = ("--preset", "minimal", "--with", picked, "--data", "project_name=Sample")
    assert run(made.parent, "new", str(made), *options, "--defaults", "--template", template) == 0
    return files(made)
