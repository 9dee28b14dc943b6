"""The wheel contains the template and every release: it works offline, without the checkout."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from flaskwright.git import git
from flaskwright.template import releases
from tests.commands import rest_after
from tests.interpreters import SUPPORTED, require
from tests.life.services import commit_all, service_files, without_migrations
from tests.template import ROOT, files

UV = Path(sys.executable).with_name("uv")
ADDRESS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"][
    "Repository"
]
Command = Callable[..., str]


@pytest.fixture(scope="module")
def repository(clone: Path) -> Path:
    """A clone of this repository in which the current version is released."""
    for name, value in (("name", "Tests"), ("email", "tests@example.com")):
        git(clone, "config", f"user.{name}", value)
    [*releases.release(clone)]
    return clone


@pytest.fixture(scope="module")
def wheel(repository: Path) -> Path:
    """The wheel that `make dist` builds."""
    [wheel] = build(repository).glob("*.whl")
    return wheel


def build(repository: Path) -> Path:
    """Run the command of `make dist`; return the directory of the wheel and the sdist."""
    subprocess.run([sys.executable, ROOT / "scripts" / "dist.py"], cwd=repository, check=True)
    return repository / "dist"


@pytest.fixture(params=rest_after(1, [SUPPORTED[0], SUPPORTED[-1]]))
def installed(request: pytest.FixtureRequest, wheel: Path, tmp_path: Path) -> Command:
    """Install the wheel for a Python, and run its commands with an empty home and no network."""
    environment = tmp_path / "environment"
    uv(["venv", "--quiet", "--python", require(request.param), environment])
    locked = ROOT / "requirements" / "dev.txt"
    uv(["pip", "install", "--quiet", "--python", environment, "--constraint", locked, wheel])
    home = tmp_path / "home"
    home.mkdir()

    def run(*arguments: str | Path, cwd: Path = tmp_path) -> str:
        done = subprocess.run(
            [environment / "bin" / "flaskwright", *arguments],
            cwd=cwd,
            env={
                "HOME": str(home),
                "PATH": os.environ["PATH"],
                "https_proxy": "http://127.0.0.1:9",  # nothing listens there
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def uv(arguments: list[str | Path]) -> None:
    """Run uv."""
    subprocess.run([UV, *arguments], check=True)


def answers(service: Path) -> dict[str, object]:
    """Return a service's answers file."""
    document: dict[str, object] = yaml.safe_load((service / ".copier-answers.yml").read_text())
    return document


@pytest.fixture
def current(repository: Path) -> str:
    """The tag of the version in pyproject.toml."""
    text = (repository / "pyproject.toml").read_text("utf-8")
    return f"v{tomllib.loads(text)['project']['version']}"


def test_a_service_goes_from_the_first_release_to_the_current_one(
    installed: Command, current: str, tmp_path: Path
) -> None:
    service = tmp_path / "shop"
    first = f"git+{ADDRESS}@v0.1.0"
    options = ("--defaults", "--preset", "api", "--data", "project_name=Sample")
    installed("new", service, *options, "--template", first)
    git(service, "init", "--quiet")
    commit_all(service)
    readme = service / "README.md"
    readme.write_text(f"Our own introduction.\n\n{readme.read_text()}")
    commit_all(service)

    installed("add", "cache", cwd=service)
    assert answers(service)["_commit"] == "v0.1.0"
    commit_all(service)
    installed("update", cwd=service)
    commit_all(service)
    installed("remove", "cache", cwd=service)
    commit_all(service)

    assert answers(service)["_commit"] == current
    assert answers(service)["_src_path"] == f"git+{ADDRESS}"
    assert "README.md" in installed("status", cwd=service)
    reference = tmp_path / "reference" / "shop"
    installed("new", reference, *options)
    expected = files(reference)
    expected["README.md"] = b"Our own introduction.\n\n" + expected["README.md"]
    assert without_migrations(service_files(service)) == without_migrations(expected)


def test_the_catalog_and_the_questions_are_in_the_wheel(installed: Command) -> None:
    assert "idempotency" in installed("catalog")
    assert "rabbitmq" in installed("new", "--help")


def test_copier_updates_a_service_of_the_wheel(
    installed: Command,
    current: str,
    repository: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = tmp_path / "shop"
    first = f"git+{ADDRESS}@v0.1.0"
    installed("new", service, "--defaults", "--preset", "minimal", "--template", first)
    git(service, "init", "--quiet")
    commit_all(service)
    # The repository becomes reachable at its address.
    (tmp_path / ".gitconfig").write_text(f'[url "file://{repository}"]\n\tinsteadOf = {ADDRESS}\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    copier = Path(sys.executable).with_name("copier")
    subprocess.run([copier, "update", "--defaults", "--quiet"], cwd=service, check=True)

    assert answers(service)["_commit"] == current


def test_the_wheel_is_small_and_reproducible(repository: Path, wheel: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--no-hardlinks", str(repository), "other")
    git(tmp_path / "other", "repack", "-adfq", "--depth=5")

    other = build(tmp_path / "other")

    assert wheel.stat().st_size < 3_000_000
    assert {path.name: path.read_bytes() for path in other.iterdir()} == {
        path.name: path.read_bytes() for path in wheel.parent.iterdir()
    }


@pytest.mark.parametrize("problem", ["uncommitted", "unreleased"])
def test_only_a_committed_release_is_built(problem: str, repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(repository), "project")
    project = tmp_path / "project"
    pyproject = project / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('version = "', 'version = "9.', 1))
    if problem == "unreleased":
        commit_all(project)

    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "dist.py"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    expected = {"uncommitted": "commit or stash them first", "unreleased": "run `make release`"}
    assert expected[problem] in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (project / "dist").exists()
