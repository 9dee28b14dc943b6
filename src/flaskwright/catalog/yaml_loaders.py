"""How the catalog's YAML files are loaded."""

from typing import Any

import yaml

try:
    from yaml import CSafeLoader as SafeLoader  # libyaml's is much faster
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]


class UniqueKeys(SafeLoader):
    """Loads a document; refuses a mapping with a duplicate key, of which YAML keeps the last."""


class CopierFile(SafeLoader):
    """Loads copier.yml without the files that it includes."""


def _mapping(loader: UniqueKeys, node: yaml.MappingNode) -> dict[Any, Any]:
    pairs = loader.construct_pairs(node, deep=True)
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            line = node.start_mark.line + 1
            raise yaml.YAMLError(f"{key} is given twice in the mapping at line {line}")
    return dict(pairs)


UniqueKeys.add_constructor("tag:yaml.org,2002:map", _mapping)
CopierFile.add_constructor("!include", lambda _loader, _node: None)
