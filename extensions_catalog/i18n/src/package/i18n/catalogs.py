"""Reads, updates and compiles the files in translations/<language>/LC_MESSAGES/.

Each part has a file with its texts, and messages.po is yours. `messages.mo` is compiled from all.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).parent.parent
FOLDER = PACKAGE / "translations"
OWN_FILE = "messages.po"
EXTRACTION_METHODS = [
    ("**.py", f"{__package__}.extraction:extract_texts"),
    ("templates/**", "jinja2"),
]


def folder_of(language: str) -> Path:
    """Return the folder of a language, which may not exist."""
    return FOLDER / language.replace("-", "_") / "LC_MESSAGES"


def folders() -> list[Path]:
    """Return the folders of all languages."""
    return sorted(FOLDER.glob("*/LC_MESSAGES"))


def compiled(folder: Path) -> Path:
    """Return the file that Flask-Babel reads, which may not exist."""
    return folder / "messages.mo"


def compile_changed() -> None:
    """Compile each language with a file that is newer than the compiled one."""
    for folder in folders():
        target = compiled(folder)
        newest = max((path.stat().st_mtime for path in folder.glob("*.po")), default=0)
        if not target.exists() or newest > target.stat().st_mtime:
            compile_folder(folder)


def compile_folder(folder: Path) -> Path:
    """Compile the translations of a language, and return the file. Yours replace the others."""
    catalog = Catalog(locale=folder.parent.name)
    for path in [folder / OWN_FILE, *_files_of_parts(folder)]:
        for message in _messages(path):
            if is_translated(message) and catalog.get(message.id, message.context) is None:
                catalog.add(message.id, message.string, context=message.context)
    temporary = folder / f"{os.getpid()}.mo"
    with temporary.open("wb") as file:
        write_mo(file, catalog)
    return temporary.replace(compiled(folder))  # other processes read a complete file


def update_own_file(folder: Path) -> tuple[Path, int]:
    """Add new texts to your file, and mark those that are gone as obsolete.

    Returns the file and the number of its texts without a translation.
    """
    path = folder / OWN_FILE
    language = folder.parent.name
    comment = f"# Translations of {PACKAGE.name} into the language {language}."
    own = Catalog(language, project=PACKAGE.name, header_comment=comment, fuzzy=False)
    if path.exists():
        with path.open("rb") as file:
            own = read_po(file, locale=language)
    translated = {
        (message.id, message.context)
        for file_of_part in _files_of_parts(folder)
        for message in _messages(file_of_part)
        if is_translated(message)
    }
    current = Catalog()
    for text, context, locations in _texts():
        if (text, context) not in translated or own.get(text, context) is not None:
            current.add(text, locations=locations, context=context)
    own.update(current, no_fuzzy_matching=True, update_creation_date=False)
    if path.exists() or len(own):
        with path.open("wb") as file:
            write_po(file, own, width=98, include_lineno=False)
    return path, sum(not is_translated(message) for message in own if message.id)


def is_translated(message: Message) -> bool:
    """Return whether a message has a translation in each of its forms, and is not the header."""
    forms = message.string
    strings = forms if isinstance(forms, list | tuple) else [forms]
    return bool(message.id) and all(strings) and not message.fuzzy


def _texts() -> Iterator[tuple[Any, str | None, list[tuple[str, int]]]]:
    """Yield each text of the service, its context and where it is.

    Texts of libraries are only in the files of the parts.
    """
    for path, line, text, _comments, context in extract_from_dir(PACKAGE, EXTRACTION_METHODS):
        yield text, context, [(path, line)]
    for folder in folders():
        for file_of_part in _files_of_parts(folder):
            for message in filter(lambda message: message.id, _messages(file_of_part)):
                yield message.id, message.context, []


def _files_of_parts(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("*.po")) if path.name != OWN_FILE]


def _messages(path: Path) -> Iterator[Message]:
    if path.exists():
        with path.open("rb") as file:
            yield from read_po(file, locale=path.parent.parent.name)
