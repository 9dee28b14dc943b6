"""Dead letters: `flask tasks dead` lists, retries and deletes them."""

import pytest
from celery import Celery
from flask import Flask

from tests.support.fixtures.tasks import Sent
from tests.support.tasks_for_tests import fail
from tests.support.workers import flask_tasks


@pytest.fixture
def failed(app: Flask) -> list[str]:
    """Return the ids of two failed tasks, the only dead letters."""
    flask_tasks(app, "dead", "purge", "--all")
    celery: Celery = app.extensions["celery"]
    return [celery.tasks[fail.name].apply((reason,)).id for reason in ("one", "two")]


def test_failed_tasks_are_listed_with_their_reasons(app: Flask, failed: list[str]) -> None:
    first, second = failed
    for _ in range(2):
        assert flask_tasks(app, "dead", "list").output == (
            f"{first}  {fail.name}('one')\n    ValueError('one')\n"
            f"{second}  {fail.name}('two')\n    ValueError('two')\n"
        )


def test_a_retry_sends_the_task_to_the_workers(app: Flask, failed: list[str], sent: Sent) -> None:
    assert flask_tasks(app, "dead", "retry", failed[0]).output == "tasks sent: 1\n"

    assert sent() == [(fail.name, ["one"], {})]
    assert failed[0] not in flask_tasks(app, "dead", "list").output


def test_all_dead_letters_can_be_purged(app: Flask, failed: list[str], sent: Sent) -> None:
    assert flask_tasks(app, "dead", "purge", "--all").output == f"tasks deleted: {len(failed)}\n"

    assert flask_tasks(app, "dead", "list").output == ""
    assert sent() == []


@pytest.mark.parametrize("command", ["retry", "purge"])
def test_an_unknown_id_changes_nothing(app: Flask, failed: list[str], command: str) -> None:
    result = flask_tasks(app, "dead", command, failed[0], "wrong")

    assert (result.exit_code, result.output) == (1, "Error: No such dead letter: wrong.\n")
    assert failed[0] in flask_tasks(app, "dead", "list").output


@pytest.mark.parametrize("arguments", [[], ["--all", "some-id"]])
def test_purge_requires_either_ids_or_all(app: Flask, arguments: list[str]) -> None:
    result = flask_tasks(app, "dead", "purge", *arguments)

    assert result.exit_code == 2
    assert "Give the ids of dead letters, or --all." in result.output
