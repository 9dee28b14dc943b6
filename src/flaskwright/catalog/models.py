"""The file formats of the catalog: manifests, servers and presets, as frozen models.

`python -m flaskwright.catalog.models > extensions_catalog/schema.json` updates the JSON Schema of
manifests, which editors read.
"""

import json
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationInfo,
    field_validator,
)
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from ..errors import join_names
from .texts import (
    DURATION,
    DebianPackage,
    Hook,
    Id,
    Image,
    Line,
    Link,
    Name,
    PackageFolder,
    Path,
    Port,
    Table,
    Title,
    Variable,
)

Value = bool | int | float | str | tuple[str, ...]

VALUES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "url": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list, tuple),
}


class Frozen(BaseModel):
    """An immutable model that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _given(cls, value: object) -> object:
        if value is None:  # templates test whether a field is defined, not whether it is null
            raise PydanticCustomError("null", "Write a value, or remove the field")
        return value


class Setting(Frozen):
    """An environment variable that the part reads."""

    name: Variable = Field(description="The variable's name.")
    type: Literal["string", "integer", "number", "boolean", "list", "url"]
    default: Value = Field(description="The value in development; an empty string if unset.")
    secret: StrictBool = Field(default=False, description="True if it must never be shown.")
    required: StrictBool = Field(
        default=False, description="True if production refuses to start without it."
    )
    compose: Line | None = Field(default=None, description="The value in compose.yaml.")
    help: Line = Field(description="One or two sentences for .env.example.")

    @field_validator("default", mode="plain", json_schema_input_type=Value)
    @classmethod
    def _of_its_type(cls, value: object, info: ValidationInfo) -> object:
        kind = info.data.get("type")
        is_flag = isinstance(value, bool)
        if (
            kind
            and value != ""
            and (not isinstance(value, VALUES[kind]) or is_flag != (kind == "boolean"))
        ):
            raise PydanticCustomError(
                "setting_default",
                "Write a default of type {type}, or an empty string",
                {"type": kind},
            )
        return value


class Server(Frozen):
    """A server that bundles need, such as PostgreSQL."""

    image: Image = Field(description="The image with its version and digest.")
    command: Line | None = Field(default=None, description="Instead of the image's command.")
    environment: dict[Variable, Line] = Field(default={}, description="Environment variables.")
    data: Path | None = Field(default=None, description="The directory that a volume keeps.")
    healthcheck: Line = Field(description="A command that succeeds when the server is ready.")
    port: Port = Field(description="The port it listens on.")
    host_port: Port | None = Field(
        default=None, description="The port in CI, if another server has the same `port`."
    )
    ports: dict[Port, Port] = Field(
        default={}, description="Published on 127.0.0.1 by compose.yaml: {8025: 8025}."
    )
    mounts: dict[Line, Path] = Field(default={}, description="Files and folders that it reads.")
    proxy: StrictBool = Field(default=False, description="True if clients connect to it instead.")
    test_url: dict[Variable, Line] = Field(
        default={}, description="The variable with its URL for tests. CI starts the server."
    )
    only: Literal["development", "tests"] | None = Field(
        default=None,
        description="tests: only in CI; development: only with `--profile development`.",
    )


class Process(Frozen):
    """A process in addition to the web server."""

    name: Name = Field(description="The name in compose.yaml.")
    command: Line = Field(description="The command; {package} is the service's package.")
    summary: Line = Field(description="One phrase for the README.")
    port: Port | None = Field(default=None, description="Published on 127.0.0.1.")
    environment: dict[Variable, Line] = Field(default={}, description="Environment variables.")
    stop_grace_period: Annotated[str, Field(pattern=DURATION)] | None = Field(
        default=None, description="The time it has to stop, such as 60s."
    )


class BuildStage(Frozen):
    """A stage of the Dockerfile, with an image of its own, that builds files of the package."""

    image: Image = Field(description="The image with its version and digest.")
    commands: Annotated[tuple[Line, ...], Field(min_length=1)] = Field(
        description="They run in the bundle's folder, in the image and in CI."
    )
    result: PackageFolder = Field(description="The folder that they write, which git ignores.")
    ignored: tuple[Line, ...] = Field(
        default=(), description="More folders in the bundle's folder that git ignores."
    )


class Manifest(Frozen):
    """extension.yml: one bundle of the catalog."""

    id: Id = Field(description="The name of the folder, the part, its tests and its guide.")
    title: Title = Field(description="The text at the prompt.")
    summary: Line = Field(description="One phrase for the README's table of parts.")
    category: Id = Field(description="The heading in lists of bundles.")
    status: Literal["active", "retired"] = Field(
        description="An id is never removed from the catalog; retire it instead."
    )
    replaced_by: Id | None = Field(
        default=None, description="The bundle to pick instead of a retired one."
    )
    links: dict[Line, Link] = Field(description="Upstream documentation, by name.")
    requires: tuple[Id, ...] = Field(description="Bundles that it uses directly.")
    comes_with: tuple[Id, ...] = Field(
        default=(), description="Included if all of these bundles are, instead of being picked."
    )
    collects: tuple[Hook, ...] = Field(
        default=(), description="Hooks that its part reads from the other parts, by name."
    )
    after: dict[Id, Line] = Field(description="Bundles that start earlier, with the reason.")
    conflicts: dict[Id, Line] = Field(description="Bundles that exclude it, with the reason.")
    answers: Annotated[dict[Id, Line], Field(min_length=1)] | None = Field(
        default=None, description="Added for these answers instead of being picked."
    )
    dependencies: tuple[Line, ...] = Field(description="PEP 508, with lower and upper bounds.")
    dev_dependencies: tuple[Line, ...] = Field(description="The same, for tests and tools.")
    unimported: tuple[Line, ...] = Field(description="Dependencies that no module imports.")
    untyped: tuple[Line, ...] = Field(description="Imported modules without type hints.")
    settings: tuple[Setting, ...] = Field(description="The environment variables it reads.")
    servers: dict[Name, Server | None] = Field(
        description="The servers it needs by name. Without a value, another bundle defines it."
    )
    processes: tuple[Process, ...] = Field(description="Processes in addition to the web server.")
    debian_packages: tuple[DebianPackage, ...] = Field(
        default=(), description="Debian packages of the image, and of CI."
    )
    debian_test_packages: tuple[DebianPackage, ...] = Field(
        default=(), description="Debian packages for tests, in CI only."
    )
    build_commands: tuple[Line, ...] = Field(
        default=(), description="Commands of the image's build, after the installation."
    )
    build_stage: BuildStage | None = Field(
        default=None, description="A stage of the Dockerfile that builds files of the package."
    )
    ci_steps: tuple[Line, ...] = Field(default=(), description="Commands of CI, after the tests.")
    tables: tuple[Table, ...] = Field(default=(), description="Tables that its migrations create.")
    formerly: Id | None = Field(default=None, description="The bundle that had its tables before.")
    holds_data: tuple[Line, ...] = Field(description="Tables and volumes that removal keeps.")
    files: SkipJsonSchema[tuple[str, ...]] = ()  # the paths in the folder, not in extension.yml

    @property
    def uses(self) -> tuple[Id, ...]:
        """The bundles that it needs, whether they bring it or it brings them."""
        return (*self.requires, *self.comes_with)

    @property
    def condition(self) -> str | None:
        """When it is included instead of being picked; None if it can be picked."""
        if self.comes_with:
            return f"{join_names(self.comes_with)} are included"
        if self.answers:
            answers = (f"{question} is {answer}" for question, answer in self.answers.items())
            return " and ".join(answers)
        return None

    @property
    def revisions(self) -> list[str]:
        """The revisions in migrations/versions, oldest first."""
        return sorted(
            PurePosixPath(path).stem
            for path in self.files
            if path.startswith("migrations/versions/")
        )

    @property
    def is_part(self) -> bool:
        """Whether it has a module or package of its own name."""
        module = f"src/package/{self.id}"
        return f"{module}.py" in self.files or f"{module}/__init__.py" in self.files


class Preset(Frozen):
    """A named selection in presets.yml."""

    title: Title
    summary: Line
    extensions: tuple[Id, ...]


def schema() -> str:
    """Return the JSON Schema of extension.yml, as the text of schema.json."""
    document: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(document | Manifest.model_json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    print(schema(), end="")
