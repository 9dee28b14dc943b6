"""Items that belong to users: the table of an example to copy and then remove."""

from flask import Flask

from .tasks import count_words as count_words


def init_app(_app: Flask) -> None:
    """Do nothing. Importing this module adds its table and its task."""
