"""Linters and schemas accept a service's Dockerfile, compose.yaml and CI pipeline."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.matrix.rows import Row, everything, rows
from tests.template import ROOT, render

TOOLS = Path(sys.executable).parent
SELECTIONS = [row for row in rows() if not row.bundles] + everything()


@pytest.fixture(scope="module", params=["github", "gitlab"])
def ci(request: pytest.FixtureRequest) -> str:
    """A continuous integration system."""
    param: str = request.param
    return param


@pytest.fixture(scope="module", params=[pytest.param(row, id=row.name) for row in SELECTIONS])
def tree(
    request: pytest.FixtureRequest,
    ci: str,
    template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A service without bundles, or with every bundle."""
    row: Row = request.param
    return render(template, tmp_path_factory.mktemp("tree"), row.data | {"ci": ci})


def _lint(*command: str | Path) -> None:
    """Run a linter that is installed beside Python; fail with its output if it finds anything."""
    tool, *arguments = command
    executable = str(shutil.which(tool, path=TOOLS))
    result = subprocess.run((executable, *arguments), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.skipif(
    not shutil.which("hadolint", path=TOOLS), reason="hadolint is Linux on x86-64 only"
)
def test_hadolint_accepts_the_dockerfile(tree: Path) -> None:
    _lint("hadolint", "--failure-threshold", "info", tree / "Dockerfile")


def test_the_image_is_pinned_and_runs_without_root(tree: Path) -> None:
    dockerfile = (tree / "Dockerfile").read_text("utf-8")

    images = re.findall(r"^(?:FROM|COPY --from=)\s*(\S*[:/]\S*)", dockerfile, re.MULTILINE)
    assert images
    assert all(re.search(r"@sha256:[0-9a-f]{64}$", image) for image in images)
    assert re.search(r"^USER [1-9][0-9]*$", dockerfile, re.MULTILINE)
    copied = re.findall(r"^COPY (.*)", dockerfile, re.MULTILINE)
    assert all("--from=" in line or "--chmod=" in line for line in copied), copied  # for any umask
    assert "\nHEALTHCHECK " in dockerfile


def test_the_compose_file_is_valid(tree: Path) -> None:
    _lint("check-jsonschema", "--builtin-schema", "vendor.compose-spec", tree / "compose.yaml")


def test_compose_limits_ports_and_privileges(tree: Path) -> None:
    compose = yaml.safe_load((tree / "compose.yaml").read_text("utf-8"))

    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        if "build" in service:
            assert service["read_only"]
            assert service["cap_drop"] == ["ALL"]
        else:
            assert "@sha256:" in service["image"]
            assert "healthcheck" in service


def test_the_pipeline_is_valid(tree: Path, ci: str) -> None:
    if ci == "github":
        workflow = tree / ".github" / "workflows" / "ci.yml"
        _lint("check-jsonschema", "--builtin-schema", "vendor.github-workflows", workflow)
        _lint("zizmor", "--offline", "--quiet", workflow)
    else:
        pipeline = ("--data-transform", "gitlab-ci", tree / ".gitlab-ci.yml")
        _lint("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", *pipeline)


def test_the_pipeline_is_pinned(tree: Path, ci: str) -> None:
    name = ".github/workflows/ci.yml" if ci == "github" else ".gitlab-ci.yml"

    _assert_pinned(tree / name)


def _assert_pinned(pipeline: Path) -> None:
    """Assert that each action has a commit id, and each image a digest."""
    text = pipeline.read_text("utf-8")
    references = re.findall(r"^[ -]*(?:uses|image|name): (\S+[/:@]\S+)", text, re.MULTILINE)
    pinned = re.compile("@([0-9a-f]{40}|sha256:[0-9a-f]{64})$")
    assert references
    assert [reference for reference in references if not pinned.search(reference)] == []


def test_this_repository_s_workflows_are_valid_and_pinned() -> None:
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

    assert workflows
    for workflow in workflows:
        _assert_pinned(workflow)
    _lint("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)
    _lint("zizmor", "--offline", "--quiet", *workflows)
