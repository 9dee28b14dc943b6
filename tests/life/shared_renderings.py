"""Renderings that the tests of a run share, so that each is computed once."""

import json
import pickle
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import yaml

from flaskwright.files import Tree, read_tree
from flaskwright.service.project import ANSWERS_FILE

MIGRATIONS = ("migrations_head", "migrations_present")


class SharedRenderings:
    """Renders like `copier.run_copy`, and stores the results in `folder`."""

    def __init__(self, folder: Path, run_copy: Callable[..., object]) -> None:
        self.folder = folder
        self.run_copy = run_copy
        folder.mkdir(exist_ok=True)

    def __call__(
        self, template: str, destination: Path, data: Mapping[str, Any], **options: Any
    ) -> None:
        """Write the files that the template has for this data."""
        digest = sha256()
        for path, file in read_tree(Path(template)).items():
            digest.update(f"\0{path}\0{file.executable}\0".encode() + file.content)
        stored = self.stored(digest.hexdigest(), data)
        if stored.exists():
            files: Tree = pickle.loads(stored.read_bytes())  # noqa: S301  # written by this run
            for path, file in files.items():
                (destination / path).parent.mkdir(parents=True, exist_ok=True)
                (destination / path).write_bytes(file.content)
                (destination / path).chmod(0o755 if file.executable else 0o644)
            return
        self.run_copy(template, destination, data=data, **options)
        tree = read_tree(destination)
        self.store(stored, tree)
        if not {*data}.intersection(MIGRATIONS):
            # The answers that a rendering records lead to the same files again.
            recorded = yaml.safe_load(tree[ANSWERS_FILE].content)
            answers = {name: value for name, value in recorded.items() if name[0] != "_"}
            self.store(self.stored(digest.hexdigest(), answers), tree)

    def stored(self, template: str, data: Mapping[str, Any]) -> Path:
        """Return the path of the files for this data."""
        key = json.dumps([template, data], sort_keys=True)
        return self.folder / sha256(key.encode()).hexdigest()

    def store(self, path: Path, tree: Tree) -> None:
        """Write the files in one step, because other processes read them."""
        with NamedTemporaryFile(dir=self.folder, delete=False) as temporary:
            temporary.write(pickle.dumps(tree))
        Path(temporary.name).replace(path)
