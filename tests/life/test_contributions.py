"""Bundles of these tests use what a bundle can contribute, in new, add, remove and update."""

import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from flaskwright.catalog import content_rules
from flaskwright.catalog.reading import read
from tests.hook_bundles import NAMES, write_hook_bundles
from tests.life.services import commit_all, commit_tree, generate, git, run, service_files
from tests.template import copy_template
from tests.tool.catalogs import SERVER, write_bundle

PARTS = ("letters", "letters_cache")
SERVERS = {
    "mailbox": SERVER | {"only": "development", "ports": {8025: 8025}, "test_url": {}},
    "relay": SERVER | {"only": "tests"},
    "letters-proxy": SERVER
    | {
        "mounts": {"${MAIL_KEYS:-./keys}": "/keys", "./letters/relay.conf": "/etc/relay.conf"},
        "data": "/cache",
        "proxy": True,
        "test_url": {},
    },
    "spool": SERVER | {"data": "/spool", "port": 2500, "test_url": {}},
}


FIELDS = {
    "debian_packages": ["libpango-1.0-0"],
    "debian_test_packages": ["poppler-utils"],
    "build_commands": [".venv/bin/python -m compileall {package}"],
    "ci_steps": ["make letters-preview"],
    "build_stage": {
        "image": f"paper:1@sha256:{64 * '0'}",
        "commands": ["fold paper", "press: hard"],
        "result": "src/{package}/static/letters",
        "ignored": ["scraps"],
    },
}
PAGE = "<h1>{{ title }}</h1>{% if rows %}<p>{{ rows }}</p>{% endif %}\n"
FILES = {
    "GUIDE.md": "# Mail\n{% if 'cache' in selection %}\nTemplates are cached.\n{% endif %}\n",
    "docs/letters_delivery.md": "# Delivery\n",
    "letters/relay.conf": "domain = {{ package_name }}\n"
    "{% if 'cache' in selection %}\nspeed = high\n{% endif %}\n",
    "make/letters.mk": ".PHONY: letters-preview\nletters-preview:\n"
    "\t@echo preview of {{ package_name }}\n",
    "src/package/templates/letters.html": f"{{% raw %}}{PAGE}{{% endraw %}}",
    "src/package/translations/de/LC_MESSAGES/letters.po": 'msgid "Mail"\nmsgstr "Post"\n',
    "src/package/static/letters.css": "h1 { color: black; }\n",
}


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """The template with `letters`, and with `letters_cache` for services with both."""
    folder = copy_template(tmp_path / "template")
    letters = write_bundle(folder, "letters", category="letters", servers=SERVERS, **FIELDS)
    for path, text in FILES.items():
        (letters / path).parent.mkdir(parents=True, exist_ok=True)
        (letters / path).write_text(text)
    write_bundle(folder, "letters_cache", category="letters", comes_with=["letters", "cache"])
    return commit_tree(folder, {})


def bundles(service: Path) -> set[str]:
    """Return which of the test's bundles the service has."""
    return {name for name in PARTS if (service / "src" / "sample" / f"{name}.py").exists()}


def order_of_parts(service: Path) -> list[str]:
    """Return the service's parts of this test, in startup order."""
    lines = (service / "src" / "sample" / "parts.py").read_text().splitlines()
    names = [line.strip(" ,") for line in lines if line.startswith(" ")]
    return [name for name in dict.fromkeys(names) if name in (*PARTS, "cache")]


def test_a_bridge_comes_and_goes_with_its_bundles(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = commit_tree(tmp_path / "service", generate(template, "letters"))
    before = service_files(service)
    assert bundles(service) == {"letters"}
    capsys.readouterr()

    assert run(service, "add", "cache") == 0
    commit_all(service)

    assert "letters_cache" in capsys.readouterr().out
    assert bundles(service) == {"letters", "letters_cache"}
    assert order_of_parts(service) == ["cache", "letters", "letters_cache"]
    assert (service / "docs" / "letters_cache.md").exists()
    assert "letters_cache" in (service / "README.md").read_text()
    assert service_files(service) == dict(generate(template, "letters", "cache"))

    assert run(service, "status") == 0
    assert "letters_cache" in capsys.readouterr().out
    assert run(service, "remove", "letters_cache") == 1
    expected = "letters_cache is included with letters and cache: remove one of them."
    assert expected in capsys.readouterr().err

    assert run(service, "remove", "cache") == 0
    commit_all(service)

    assert service_files(service) == before
    assert [*content_rules.find_problems(read(template), PARTS)] == []


def test_files_packages_and_steps_are_in_their_places(template: Path, tmp_path: Path) -> None:
    service = commit_tree(tmp_path / "service", generate(template, "letters"))

    assert (service / "letters" / "relay.conf").read_text() == "domain = sample\n"
    assert (service / "docs" / "letters_delivery.md").read_text() == "# Delivery\n"
    package = service / "src" / "sample"
    assert (package / "templates" / "letters.html").read_text() == PAGE
    assert (package / "static" / "letters.css").read_text() == "h1 { color: black; }\n"
    command = ["make", "--silent", "letters-preview"]
    assert subprocess.check_output(command, cwd=service, text=True) == "preview of sample\n"
    dockerfile = (service / "Dockerfile").read_text()
    assert "apt-get install -qq --yes --no-install-recommends libpango-1.0-0 &&" in dockerfile
    assert "poppler-utils" not in dockerfile
    build = dockerfile.rpartition("\nFROM ")[0]
    assert build.endswith(" && \\\n    .venv/bin/python -m compileall sample\n")
    for ci, path in (("github", ".github/workflows/ci.yml"), ("gitlab", ".gitlab-ci.yml")):
        pipeline = generate(template, "letters", answers=(f"ci={ci}",))[path].decode()
        assert "libpango-1.0-0 poppler-utils" in pipeline
        assert pipeline.index("make test\n") < pipeline.index("make letters-preview\n")


def test_translations_come_and_go_with_their_bundles(template: Path, tmp_path: Path) -> None:
    service = commit_tree(tmp_path / "service", generate(template, "letters"))
    folder = service / "src" / "sample" / "translations" / "de" / "LC_MESSAGES"
    assert not folder.exists()
    assert run(service, "add", "i18n") == 0
    assert {path.name for path in folder.iterdir()} == {"i18n.po", "letters.po", "pages.po"}
    own = folder / "messages.po"
    own.write_text('msgid "Parcel"\nmsgstr "Paket"\n')
    commit_all(service)

    assert run(service, "add", "database") == 0
    commit_all(service)
    assert (folder / "database.po").exists()
    assert run(service, "remove", "letters") == 0
    commit_all(service)

    assert not (folder / "letters.po").exists()
    assert own.read_text() == 'msgid "Parcel"\nmsgstr "Paket"\n'
    assert run(service, "remove", "i18n") == 0
    assert [*folder.iterdir()] == [own]


def test_a_build_stage_is_in_the_image_and_in_ci(template: Path, tmp_path: Path) -> None:
    service = commit_tree(tmp_path / "service", generate(template, "letters"))
    image = f"paper:1@sha256:{64 * '0'}"

    stage, build, final = (service / "Dockerfile").read_text().split("\n\n")[:3]
    assert stage.startswith(
        f"FROM {image} AS letters\nWORKDIR /app/letters\nCOPY --chmod=755 letters ./\n"
    )
    assert stage.endswith("\nRUN fold paper && \\\n    press: hard")
    result = "src/sample/static/letters"
    copy = f"COPY --from=letters --chmod=755 /app/{result} {result}"
    assert build.index("COPY --chmod=755 src src") < build.index(copy) < build.index("uv sync")
    assert "letters" not in final
    assert f"!src\n!letters\n{result}\nletters/scraps\n" in (service / ".dockerignore").read_text()
    assert f"\n{result}/\nletters/scraps/\n" in (service / ".gitignore").read_text()
    project = tomllib.loads((service / "pyproject.toml").read_text())
    assert project["tool"]["hatch"]["build"]["artifacts"] == [result]
    for ci, path in (("github", ".github/workflows/ci.yml"), ("gitlab", ".gitlab-ci.yml")):
        pipeline = yaml.safe_load(generate(template, "letters", answers=(f"ci={ci}",))[path])
        if ci == "github":
            job = pipeline["jobs"]["letters"]
            assert job["container"] == image
            assert [step["run"] for step in job["steps"][1:]] == ["fold paper", "press: hard"]
        else:
            assert pipeline["letters"] == {
                "image": image,
                "script": ["cd letters", "fold paper", "press: hard"],
            }


def test_a_guide_may_have_a_section_for_another_bundle(template: Path, tmp_path: Path) -> None:
    service = commit_tree(tmp_path / "service", generate(template, "letters"))
    guide = service / "docs" / "letters.md"
    assert "cached" not in guide.read_text()

    assert run(service, "add", "cache") == 0

    assert "Templates are cached." in guide.read_text()


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_servers_are_in_production_development_or_tests(
    ci: str, template: Path, tmp_path: Path
) -> None:
    service = commit_tree(
        tmp_path / "service", generate(template, "letters", answers=(f"ci={ci}",))
    )
    compose = yaml.safe_load((service / "compose.yaml").read_text())
    services = compose["services"]

    assert {*services} == {"web", "letters-proxy", "mailbox", "spool"}
    assert compose["volumes"] == {"letters-proxy-data": None, "spool-data": None}
    assert services["mailbox"]["profiles"] == ["development"]
    assert services["mailbox"]["ports"] == ["127.0.0.1:8025:8025"]
    assert "volumes" not in services["mailbox"]
    assert services["spool"]["volumes"] == ["spool-data:/spool"]
    assert {*services["web"]["depends_on"]} == {"spool"}
    assert services["letters-proxy"]["depends_on"] == {"web": {"condition": "service_healthy"}}
    assert services["letters-proxy"]["volumes"] == [
        "letters-proxy-data:/cache",
        "${MAIL_KEYS:-./keys}:/keys:ro",
        "./letters/relay.conf:/etc/relay.conf:ro",
    ]
    assert services["web"]["environment"]["TRUSTED_PROXIES"] == 1
    assert "ports" not in services["web"]
    readme = (service / "README.md").read_text()
    assert "With `--profile development`, it also starts mailbox." in readme
    pipeline = {"github": ".github/workflows/ci.yml", "gitlab": ".gitlab-ci.yml"}[ci]
    job = yaml.safe_load((service / pipeline).read_text())
    job = job["jobs"]["test"] if ci == "github" else job["test"]
    assert "TEST_PAPER_URL" in job["env" if ci == "github" else "variables"]
    started = job["services"] if ci == "github" else [s["alias"] for s in job["services"]]
    assert {*started} == {"relay"}

    assert run(service, "remove", "letters") == 0

    assert service_files(service) == dict(generate(template, answers=(f"ci={ci}",)))


def test_texts_that_are_special_in_yaml_are_quoted(template: Path) -> None:
    texts = ["a: b", "a:", "a #b", "#1", "*a", "&a", "[a", "{a", "- a", "'a", '"a"']
    texts += ["yes", "Null", "5", "1e3", "café"]
    variables = {f"TEXT_{number}": text for number, text in enumerate(texts)}
    command = 'run "a: b" #1'
    server = SERVER | {"command": command, "environment": variables, "healthcheck": command}
    process = {"name": "reader", "summary": "reads"}
    setting = {"type": "string", "default": "", "help": "A text."}
    write_bundle(
        template,
        "letters",
        category="letters",
        servers={"paper": server},
        processes=[process | {"command": command, "environment": variables}],
        settings=[setting | {"name": name, "compose": text} for name, text in variables.items()],
        ci_steps=texts,
    )
    commit_all(template)

    github = generate(template, "letters", answers=("ci=github",))
    services = yaml.safe_load(github["compose.yaml"])["services"]
    job = yaml.safe_load(github[".github/workflows/ci.yml"])["jobs"]["test"]
    gitlab = generate(template, "letters", answers=("ci=gitlab",))
    test = yaml.safe_load(gitlab[".gitlab-ci.yml"])["test"]

    assert services["paper"]["command"] == services["reader"]["command"] == command
    assert services["paper"]["healthcheck"]["test"] == command
    assert services["paper"]["environment"] == job["services"]["paper"]["env"] == variables
    for environment in (services["web"], services["reader"]):
        assert variables.items() <= environment["environment"].items()
    assert variables.items() <= test["variables"].items()
    assert [step.get("run") for step in job["steps"]][-len(texts) :] == texts
    assert test["script"][-len(texts) :] == texts
    options = shlex.split(job["services"]["paper"]["options"])
    assert options[:2] == ["--health-cmd", command]
    # Compose reads YAML 1.2, in which 1e3 is a number.
    assert ': "1e3"' in github["compose.yaml"].decode()


def test_a_bridge_is_explained_and_cannot_be_picked(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--defaults", "--preset", "minimal", "--template", str(template))

    assert run(tmp_path, "new", "both", "--with", "letters,cache", *options) == 0
    assert "Also added: letters_cache (letters and cache are included)." in capsys.readouterr().out
    assert run(tmp_path, "new", "one", "--with", "letters_cache", *options) == 1
    assert "it is included with letters and cache. Pick these" in capsys.readouterr().err
    assert run(tmp_path, "catalog", "--template", str(template)) == 0
    assert "(added if letters and cache are included)" in " ".join(capsys.readouterr().out.split())


def test_an_update_adds_a_new_bridge(template: Path, tmp_path: Path) -> None:
    git(template, "tag", "v0.1.0")
    service = commit_tree(tmp_path / "service", generate(template, "letters", "metrics"))
    write_bundle(template, "letters_metrics", category="letters", comes_with=["letters", "metrics"])
    commit_all(template)
    git(template, "tag", "v0.2.0")

    assert run(service, "update") == 0

    assert (service / "src" / "sample" / "letters_metrics.py").exists()
    answers = yaml.safe_load((service / ".copier-answers.yml").read_text())
    assert answers["extensions"] == ["letters", "metrics"]


def test_hooks_come_and_go_with_their_bundles(template: Path, tmp_path: Path) -> None:
    git(template, "tag", "v0.1.0")
    service = commit_tree(tmp_path / "service", generate(template, "letters"))
    write_hook_bundles(template)
    commit_all(template)
    git(template, "tag", "v0.2.0")
    assert run(service, "update") == 0
    commit_all(service)
    updated = service_files(service)

    assert run(service, "add", *NAMES) == 0
    commit_all(service)

    assert service_files(service) == dict(generate(template, "letters", *NAMES))

    assert run(service, "remove", *NAMES) == 0

    assert service_files(service) == updated
    assert [*content_rules.find_problems(read(template), NAMES)] == []
