"""Builds the wheel and the sdist from the last commit, with every release: `make dist`.

The package contains a git bundle with one commit per release, which has only the files that
services are rendered from. The same commit, git and zlib give the same bytes.
"""

import io
import os
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from flaskwright.errors import CommandError
from flaskwright.git import environment, git
from flaskwright.template import releases
from flaskwright.template.checkout import PATHS
from flaskwright.template.source import BUNDLE

NO_CONFIGURATION = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def build(root: Path, destination: Path) -> None:
    """Write the wheel and the sdist of the last commit of `root` to `destination`."""
    if git(root, "status", "--porcelain"):
        raise CommandError("There are uncommitted changes: commit or stash them first.")
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    if f"v{version}" not in releases.table(root):
        raise CommandError(f"{version} is not released: run `make release` first.")
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch, "project")
        archive = run(root, "git", "archive", "HEAD")
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(project, filter="data")
        bundle = project / "src" / "flaskwright" / "template" / BUNDLE.name
        write_bundle(root, bundle, Path(scratch, "repository"))
        last = git(root, "show", "--no-patch", "--format=%ct", "HEAD").strip()
        command = (sys.executable, "-m", "hatchling", "build", "--directory", str(destination))
        run(project, *command, variables={"SOURCE_DATE_EPOCH": last})


def write_bundle(root: Path, bundle: Path, repository: Path) -> None:
    """Write the git bundle of all releases, by way of a new `repository`."""
    git(root, "init", "--quiet", "--bare", "--initial-branch=releases", str(repository))
    objects = git(root, "rev-parse", "--path-format=absolute", "--git-path", "objects")
    (repository / "objects" / "info" / "alternates").write_text(objects)
    stream = "\n".join(commits(root)).encode()
    run(repository, "git", "fast-import", "--quiet", stdin=stream)
    # Deltas of other packs, and threads, would make the bytes depend on more than the commits.
    run(repository, "git", "repack", "-adFq", "--threads=1")
    created = ("-c", "pack.threads=1", "bundle", "create", "--quiet", str(bundle), "HEAD", "--all")
    run(repository, "git", *created)


def commits(root: Path) -> Iterator[str]:
    """Yield the lines of a stream for `git fast-import` with a commit and a tag per release."""
    for tag, commit in releases.table(root).items():
        time = git(root, "show", "--no-patch", "--format=%ct", commit).strip()
        yield "commit refs/heads/releases"
        yield f"committer Flaskwright <> {time} +0000"
        yield f"data {len(tag)}\n{tag}"
        yield "deleteall"
        for line in git(root, "ls-tree", commit, "--", *PATHS).splitlines():
            mode, _, object_id, path = line.split()
            yield f"M {mode} {object_id} {path}"
        yield f"\nreset refs/tags/{tag}\nfrom refs/heads/releases"
    yield ""


def run(
    folder: Path, *command: str, stdin: bytes = b"", variables: Mapping[str, str] | None = None
) -> bytes:
    """Run a command without the user's configuration of git, and return its output.

    Raises `CommandError` with the command's errors if it fails.
    """
    done = subprocess.run(
        command,
        cwd=folder,
        input=stdin,
        capture_output=True,
        env=environment() | NO_CONFIGURATION | dict(variables or {}),
        check=False,
    )
    if done.returncode:
        raise CommandError(f"{' '.join(command[:3])} failed: {done.stderr.decode().strip()}")
    return done.stdout


def main() -> int:
    """Build from the working directory into its `dist`; return the exit code."""
    root = Path.cwd()
    try:
        build(root, root / "dist")
    except CommandError as reason:
        print(f"dist: {reason}", file=sys.stderr)
        return 1
    for path in sorted((root / "dist").iterdir()):
        print(f"dist/{path.name}: {path.stat().st_size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
