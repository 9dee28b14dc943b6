"""What an operator does with the tasks that were given up."""

import pytest
from celery import Celery, Task
from celery.exceptions import Retry
from flask import Flask
from structlog.contextvars import bound_contextvars

from sample.tasks.dead import letters

from ..support.fixtures.tasks import Sent
from ..support.outbox import flask_tasks
from ..support.tasks_for_tests import fail, write


@pytest.fixture
def celery(app: Flask) -> Celery:
    """The service's Celery, without dead letters of other tests."""
    celery: Celery = app.extensions["celery"]
    with letters(celery) as found:
        for letter in found:
            letter.message.ack()
    return celery


def give_up(celery: Celery, *reasons: str) -> list[str]:
    """Have a task fail for each of the reasons; return their ids."""
    with bound_contextvars(request_id="abc-1"):
        return [celery.tasks[fail.name].apply((reason,)).id for reason in reasons]


def left(celery: Celery) -> list[str]:
    with letters(celery) as found:
        return [letter.id for letter in found]


def test_what_failed_is_listed(app: Flask, celery: Celery) -> None:
    first, second = give_up(celery, "one", "two")

    for _ in range(2):
        assert flask_tasks(app, "dead", "list").output == (
            f"{first}  {fail.name}('one')\n    ValueError('one')\n"
            f"{second}  {fail.name}('two')\n    ValueError('two')\n"
        )


def test_what_is_retried_is_sent_as_it_was(app: Flask, celery: Celery, sent: Sent) -> None:
    first, second, third = give_up(celery, "one", "two", "three")

    assert flask_tasks(app, "dead", "retry", first, third).output == "tasks sent: 2\n"

    assert sent() == [(fail.name, ["one"], {}), (fail.name, ["three"], {})]
    assert left(celery) == [second]


def test_everything_can_be_retried(app: Flask, celery: Celery, sent: Sent) -> None:
    give_up(celery, "one", "two")

    assert flask_tasks(app, "dead", "retry", "--all").output == "tasks sent: 2\n"

    assert [args for _, args, _ in sent()] == [["one"], ["two"]]
    assert left(celery) == []


def test_what_is_purged_is_gone(app: Flask, celery: Celery, sent: Sent) -> None:
    first, second = give_up(celery, "one", "two")

    assert flask_tasks(app, "dead", "purge", first).output == "tasks deleted: 1\n"
    assert left(celery) == [second]
    assert flask_tasks(app, "dead", "purge", "--all").output == "tasks deleted: 1\n"
    assert left(celery) == []
    assert sent() == []


@pytest.mark.parametrize("command", ["retry", "purge"])
def test_a_wrong_id_changes_nothing(app: Flask, celery: Celery, command: str) -> None:
    (known,) = give_up(celery, "one")

    result = flask_tasks(app, "dead", command, known, "wrong")

    assert (result.exit_code, result.output) == (1, "Error: No such dead letter: wrong.\n")
    assert left(celery) == [known]


@pytest.mark.parametrize("arguments", [[], ["--all", "some-id"]])
def test_which_ones_has_to_be_said(app: Flask, arguments: list[str]) -> None:
    result = flask_tasks(app, "dead", "purge", *arguments)

    assert result.exit_code == 2
    assert "Name tasks by their ids, or say --all." in result.output


def test_a_broker_that_is_down_is_said_in_a_line(cut_off: Flask) -> None:
    result = flask_tasks(cut_off, "dead", "list")

    assert result.exit_code == 1
    assert result.output.startswith("Error: The broker is not available: ")


def test_a_task_that_will_be_retried_is_not_given_up(celery: Celery) -> None:
    task: Task[..., object] = celery.tasks[write.name]

    with pytest.raises(Retry):
        task.retry(args=("path", "line"), countdown=60)

    assert left(celery) == []
