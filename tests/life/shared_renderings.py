"""Renderings that the tests of a run share, so that each is computed once."""

import json
import pickle
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from flaskwright.files import File, read_tree
from flaskwright.rendering import stages

Rendered = tuple[dict[str, File], Mapping[str, Any]]


class SharedRenderings:
    """Renders like `stages.render_stage`, and stores the results in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.render_stage = stages.render_stage
        folder.mkdir(exist_ok=True)

    def __call__(
        self, template: Path, data: Mapping[str, Any], folder: Path, scratch: Path
    ) -> Rendered:
        """Return the files and the answers for the template's content and this data."""
        key = sha256(json.dumps(data, sort_keys=True).encode())
        for path, file in read_tree(template).items():
            key.update(f"\0{path}\0{file.executable}\0".encode() + file.content)
        stored = self.folder / key.hexdigest()
        if not stored.exists():
            rendered = self.render_stage(template, data, folder, scratch)
            with NamedTemporaryFile(dir=self.folder, delete=False) as temporary:
                temporary.write(pickle.dumps(rendered))
            Path(temporary.name).replace(stored)
        result: Rendered = pickle.loads(stored.read_bytes())  # noqa: S301  # written by this run
        return result
