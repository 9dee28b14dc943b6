"""The forms of the texts in a manifest: their patterns, their types, and their descriptions."""

from typing import Annotated

from pydantic import Field, StrictInt

ID = r"^[a-z][a-z0-9_]*[a-z0-9]$"
LINE = r"^\S(.*\S)?$"
VARIABLE = r"^[A-Z][A-Z0-9_]*$"
NAME = r"^[a-z][a-z0-9-]*$"
TABLE = r"^[a-z][a-z0-9_]*$"
LINK = r"^https://\S+$"
IMAGE = r"^[^\s@]+:[^\s@:]+@sha256:[0-9a-f]{64}$"
DIRECTORY = r"^/\S+$"
DURATION = r"^[0-9]+(s|m)$"
HOOK = r"^([a-z][a-z0-9_]*|[A-Z][A-Z0-9_]*)$"
DEBIAN_PACKAGE = r"^[a-z0-9][a-z0-9+.-]+$"
PACKAGE_FOLDER = r"^src/\{package\}(/[a-z0-9_-]+)+$"
FORMS = {  # what a message says about a text that does not match
    ID: "lowercase letters, digits and underscores, such as my_cors",
    LINE: "one line of text, without spaces at its start and end",
    VARIABLE: "capital letters, digits and underscores, such as CORS_ORIGINS",
    NAME: "lowercase letters, digits and hyphens, such as mail-relay",
    TABLE: "lowercase letters, digits and underscores, such as mail_templates",
    LINK: "a URL that starts with https://",
    IMAGE: "an image with its version and digest: name:version@sha256:digest",
    DIRECTORY: "an absolute path, such as /data",
    HOOK: "the name of a function or of a constant, such as schedules or PUBLIC_ROUTES",
    DEBIAN_PACKAGE: "the name of a Debian package, such as libpango-1.0-0",
    PACKAGE_FOLDER: "a folder of the package, such as src/{package}/static/charts",
    DURATION: "a number of seconds or minutes, such as 60s",
}

Id = Annotated[str, Field(pattern=ID, max_length=32)]
Line = Annotated[str, Field(pattern=LINE)]
Title = Annotated[str, Field(pattern=LINE, max_length=60)]
Variable = Annotated[str, Field(pattern=VARIABLE)]
Name = Annotated[str, Field(pattern=NAME)]
Table = Annotated[str, Field(pattern=TABLE, max_length=63)]
Link = Annotated[str, Field(pattern=LINK)]
Image = Annotated[str, Field(pattern=IMAGE)]
Hook = Annotated[str, Field(pattern=HOOK)]
DebianPackage = Annotated[str, Field(pattern=DEBIAN_PACKAGE)]
PackageFolder = Annotated[str, Field(pattern=PACKAGE_FOLDER)]
Path = Annotated[str, Field(pattern=DIRECTORY)]
Port = Annotated[StrictInt, Field(ge=1, le=65535)]
