"""A template with a history of one commit, and services made from it."""

from pathlib import Path

import pytest

from tests.life.services import put
from tests.template import copy_template


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template in a git repository with one commit; to be read only."""
    folder = tmp_path_factory.mktemp("repository")
    copy_template(folder)
    return put(folder, {})
