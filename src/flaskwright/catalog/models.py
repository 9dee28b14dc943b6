"""The catalog's file formats: manifests, services and presets, as frozen types.

The JSON Schema that editors read, `extensions_catalog/schema.json`, is made from `Manifest`:
`python -m flaskwright.catalog.models > extensions_catalog/schema.json` writes it again.
"""

import json
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*[a-z0-9]$", max_length=32)]
Line = Annotated[str, Field(pattern=r"^\S(.*\S)?$")]  # not empty, one line, no space around
Title = Annotated[str, Field(pattern=r"^\S(.*\S)?$", max_length=60)]
Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Table = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=63)]
Link = Annotated[str, Field(pattern=r"^https://\S+$")]
Image = Annotated[str, Field(pattern=r"^[^\s@]+:[^\s@:]+@sha256:[0-9a-f]{64}$")]
Port = Annotated[StrictInt, Field(ge=1, le=65535)]
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
    """Closed and unchangeable: what is not a field is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _given(cls, value: object) -> object:
        if value is None:  # templates ask whether a field is there, not whether it says something
            raise PydanticCustomError("null", "Write a value, or leave the field out")
        return value


class Setting(Frozen):
    """An environment variable that the part reads."""

    name: Variable = Field(description="The variable's name.")
    type: Literal["string", "integer", "number", "boolean", "list", "url"]
    default: Value = Field(description="What development runs with; empty text where it is unset.")
    secret: StrictBool = Field(default=False, description="True where it must never be shown.")
    required: StrictBool = Field(
        default=False, description="True where production refuses to start without it."
    )
    compose: Line | None = Field(default=None, description="Its value in compose.yaml.")
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
                "setting_default", "Write a default of type {type}, or empty text", {"type": kind}
            )
        return value


class Process(Frozen):
    """A command beside the web server."""

    name: Name = Field(description="Its name in compose.yaml.")
    command: Line = Field(description="The command; {package} is the service's package.")
    summary: Line = Field(description="One phrase for the README.")
    port: Port | None = Field(default=None, description="Published on the loopback interface.")
    environment: dict[Variable, Line] = Field(default={}, description="Its own variables.")
    stop_grace_period: Annotated[str, Field(pattern=r"^[0-9]+(s|m)$")] | None = Field(
        default=None, description="How long it may take to stop, such as 60s."
    )


class Manifest(Frozen):
    """extension.yml: one bundle of the catalog."""

    id: Id = Field(description="The folder's name, the part's, its test file's and its guide's.")
    title: Title = Field(description="Its line at the prompt.")
    summary: Line = Field(description="One phrase for the README's table of parts.")
    category: Id = Field(description="What it is listed under.")
    status: Literal["active", "retired"] = Field(
        description="Retired bundles stay: an id never disappears from the catalog."
    )
    replaced_by: Id | None = Field(
        default=None, description="What to pick instead of a retired one."
    )
    links: dict[Line, Link] = Field(description="Upstream documentation, by name.")
    requires: tuple[Id, ...] = Field(description="What it pulls in; transitively closed.")
    after: dict[Id, Line] = Field(description="What starts before it, with the reason; order only.")
    conflicts: dict[Id, Line] = Field(description="What it cannot meet, with the reason.")
    answers: dict[Id, Line] | None = Field(
        default=None, description="Comes with these answers instead of being picked."
    )
    dependencies: tuple[Line, ...] = Field(description="PEP 508, bounded below and above.")
    dev_dependencies: tuple[Line, ...] = Field(description="The same, for tests and tools.")
    unimported: tuple[Line, ...] = Field(description="Dependencies that no module imports.")
    untyped: tuple[Line, ...] = Field(description="Imported modules that carry no types.")
    settings: tuple[Setting, ...] = Field(description="The variables it reads.")
    services: tuple[Name, ...] = Field(description="Servers, by their names in services.yml.")
    processes: tuple[Process, ...] = Field(description="Commands beside the web server.")
    files: tuple[Line, ...] = Field(description="Every file of the folder but this one.")
    tables: tuple[Table, ...] = Field(default=(), description="What its migrations create.")
    holds_data: tuple[Line, ...] = Field(description="Tables and volumes that removal leaves.")

    @property
    def revisions(self) -> list[str]:
        """The revisions in migrations/versions, by their files' names, oldest first."""
        return sorted(
            PurePosixPath(path).stem
            for path in self.files
            if path.startswith("migrations/versions/")
        )

    @property
    def is_part(self) -> bool:
        """True where it brings a module or package of its own name."""
        room = f"src/package/{self.id}"
        return f"{room}.py" in self.files or f"{room}/__init__.py" in self.files


class Service(Frozen):
    """A server of services.yml."""

    image: Image
    command: Line | None = None
    environment: dict[Variable, Line] = {}
    data: Annotated[str, Field(pattern=r"^/\S+$")] | None = None
    healthcheck: Line
    port: Port
    host_port: Port | None = None
    test_url: dict[Variable, Line] = {}


class Preset(Frozen):
    """A named selection of presets.yml."""

    title: Title
    summary: Line
    extensions: tuple[Id, ...]


def schema() -> str:
    """Return the JSON Schema of extension.yml, as the text of schema.json."""
    document: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(document | Manifest.model_json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    print(schema(), end="")
