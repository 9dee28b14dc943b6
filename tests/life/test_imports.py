"""A change names the imports of the service that it breaks, and what to import instead."""

from pathlib import Path

import pytest

from flaskwright.files import File, FileChange
from flaskwright.service.imports import broken_imports

MODELS = "class User: ...\n\n\nDAY = 24\n"
OLD = {
    "src/shop/auth/__init__.py": "from .models import User as User\n\ndef log_in(): ...\n",
    "src/shop/auth/models.py": MODELS,
    "src/shop/cache.py": "import redis\n\nclient = redis.Redis()\n",
    "tests/support/factories/auth.py": "def make(): ...\n",
}
NEW = {
    "src/shop/accounts/models.py": MODELS,
    "src/shop/auth/__init__.py": "def log_in(): ...\n",
    "tests/support/factories/accounts.py": "def make(): ...\n",
}
CHANGES = [
    FileChange(
        path,
        File(OLD[path].encode()) if path in OLD else None,
        File(NEW[path].encode()) if path in NEW else None,
    )
    for path in sorted({*OLD, *NEW})
]


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A service with the old files."""
    for path, text in OLD.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        (
            "src/shop/mine.py",
            "from .auth.models import User",
            "1: shop.auth.models.User is now shop.accounts.models.User",
        ),
        (
            "src/shop/mine/views.py",
            "\nfrom ..auth import User, log_in",
            "2: shop.auth.User is now shop.accounts.models.User",
        ),
        (
            "src/shop/mine/__init__.py",
            "from ..auth.models import DAY as D",
            "1: shop.auth.models.DAY is now shop.accounts.models.DAY",
        ),
        (
            "src/shop/mine.py",
            "def view():\n    from shop.auth import models",
            "2: shop.auth.models is now shop.accounts.models",
        ),
        (
            "src/shop/mine.py",
            "import shop.auth.models as m",
            "1: shop.auth.models is now shop.accounts.models",
        ),
        (
            "tests/test_mine.py",
            "from .support.factories.auth import make",
            "1: tests.support.factories.auth.make is now tests.support.factories.accounts.make",
        ),
        (
            "src/shop/mine.py",
            "from . import cache",
            "1: shop.cache does not exist any more",
        ),
        (
            "src/shop/mine.py",
            "from .cache import client",
            "1: shop.cache.client does not exist any more",
        ),
        ("src/shop/mine.py", "import redis, auth.models\nfrom .auth import log_in", None),
        ("src/shop/mine.py", "from .auth.models import", None),
    ],
)
def test_an_import_of_what_moved_or_left_is_named(
    path: str, text: str, found: str | None, service: Path
) -> None:
    (service / path).parent.mkdir(parents=True, exist_ok=True)
    (service / path).write_text(text)

    assert broken_imports(service, CHANGES) == ([f"{path}:{found}"] if found else [])


def test_a_file_with_a_conflict_is_left_out(service: Path) -> None:
    (service / "src/shop/mine.py").write_text("from .cache import client")
    changed = File(b"<<<<<<< yours\n")

    changes = [FileChange("src/shop/cache.py", File(OLD["src/shop/cache.py"].encode()), changed)]

    assert broken_imports(service, changes) == []
