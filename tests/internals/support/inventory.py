"""Reads what services consist of: routes, commands, settings, tables and so on.

This program runs in an environment with the packages of all bundles. Each line of its input has two
paths: of a service, and of the JSON file to write. Each service is read in a process of its own,
forked after the libraries were imported, because importing them takes longer than the rest.
"""

import importlib
import json
import logging
import os
import pkgutil
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from flask import Flask

PACKAGE = "sample"
DEPENDS_ON_SERVERS = {"/readyz"}
# Headers that a part may add to the responses of all parts.
ADDED_HEADERS = {"Content-Language", "RateLimit", "RateLimit-Policy", "Vary"}
WRAPPED = ("wsgi_app", "app", "application")  # attributes of middleware
MIGRATIONS = (["upgrade"], ["downgrade", "base"], ["upgrade"], ["check"])

Inventory = dict[str, dict[str, str]]


def read() -> Inventory:
    """Start the service in the current folder, and return its contents by kind and name."""
    before = dict(os.environ)
    package = importlib.import_module(PACKAGE)
    app: Flask = package.create_app({"APP_ENV": "development"})
    for module in pkgutil.walk_packages(package.__path__, f"{PACKAGE}."):
        if module.name not in (f"{PACKAGE}.wsgi", f"{PACKAGE}.worker"):  # these start an app
            importlib.import_module(module.name)
    if "sqlalchemy" in app.extensions:
        for step in MIGRATIONS:
            _run(app, "db", *step)
    document = app.test_client().get("/openapi.json").get_json(silent=True) or {}
    responses = [*_responses(app)]
    return {
        "routes": _unique(_routes(app)),
        "commands": _unique(_commands(app.cli)),
        "settings": {name: _text(value) for name, value in app.config.items()},
        "checks": dict.fromkeys(_run(app, "doctor", "--deploy", exit_code=None).splitlines(), ""),
        "variables": {name: value for name, value in os.environ.items() if name not in before},
        "extensions": {name: type(value).__name__ for name, value in app.extensions.items()},
        "hooks": _unique(_hooks(app)),
        "middleware": dict.fromkeys(_middleware(app), ""),
        "templates": dict.fromkeys(app.jinja_env.list_templates(), ""),
        "jinja": _unique(_jinja(app)),
        "tables": _tables(app),
        "tasks": _tasks(app),
        "operations": _unique(_operations(document)),
        "schemas": {
            name: json.dumps(schema, sort_keys=True)
            for name, schema in document.get("components", {}).get("schemas", {}).items()
        },
        "responses": {url: kind for url, kind, _ in responses},
        "vary": {f"{url}: {header}": "" for url, _, vary in responses for header in vary},
    }


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the pairs as a dict. Raises `ValueError` if a name occurs twice."""
    result: dict[str, str] = {}
    for name, value in pairs:
        if name in result:
            raise ValueError(f"{name} is defined twice: {result[name]} and {value}")
        result[name] = value
    return result


def _text(value: object) -> str:
    """Return a text that is the same in each process."""
    return re.sub(" at 0x[0-9a-f]+", "", repr(value))


def _name(function: Any) -> str:
    function = getattr(function, "view_class", function)
    function = getattr(function, "func", function)  # of a functools.partial
    return f"{function.__module__}.{function.__qualname__}"


def _run(app: Flask, *command: str, exit_code: int | None = 0) -> str:
    result = app.test_cli_runner().invoke(args=command)
    if exit_code is not None and result.exit_code != exit_code:
        raise ValueError(f"`flask {' '.join(command)}`: {result.output}") from result.exception
    return result.output


def _routes(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        view = f"{rule.endpoint}: {_name(app.view_functions[rule.endpoint])}"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield f"{method} {rule.rule}", view


def _commands(group: click.Group, path: str = "") -> Iterator[tuple[str, str]]:
    for name, command in group.commands.items():
        yield f"{path}{name}", _name(command.callback) if command.callback else "group"
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path}{name} ")


def _hooks(app: Flask) -> Iterator[tuple[str, str]]:
    kinds: dict[str, Mapping[Any, Iterable[Callable[..., Any]]]] = {
        "before_request": app.before_request_funcs,
        "after_request": app.after_request_funcs,
        "teardown_request": app.teardown_request_funcs,
        "context_processor": app.template_context_processors,
        "teardown_appcontext": {None: app.teardown_appcontext_funcs},
    }
    for kind, functions in kinds.items():
        for blueprint, registered in functions.items():
            for function in registered:
                yield f"{kind} {blueprint or ''}: {_name(function)}", ""
    for blueprint, codes in app.error_handler_spec.items():
        for code, handlers in codes.items():
            for exception, handler in handlers.items():
                yield f"errorhandler {blueprint} {code} {exception.__name__}", _name(handler)


def _middleware(app: Flask) -> Iterator[str]:
    """Yield "outermost wraps inner" for every other middleware of `app`."""
    wrapped: Any = app.wsgi_app
    outermost = type(wrapped).__name__
    while hasattr(wrapped, "__dict__"):
        attributes = vars(wrapped)
        wrapped = next((attributes[name] for name in WRAPPED if name in attributes), None)
        yield f"{outermost} wraps {type(wrapped).__name__}"


def _jinja(app: Flask) -> Iterator[tuple[str, str]]:
    environment = app.jinja_env
    for kind in ("globals", "filters", "tests"):
        for name, value in getattr(environment, kind).items():
            yield f"{kind} {name}", type(value).__name__
    yield from ((f"extension {name}", "") for name in environment.extensions)


def _tables(app: Flask) -> dict[str, str]:
    if "sqlalchemy" not in app.extensions:
        return {}
    metadata = app.extensions["sqlalchemy"].metadata
    return {
        name: ", ".join(sorted(map(_text, (*table.columns, *table.indexes, *table.constraints))))
        for name, table in metadata.tables.items()
    }


def _tasks(app: Flask) -> dict[str, str]:
    if "celery" not in app.extensions:
        return {}
    celery = app.extensions["celery"]
    tasks = {name: _text(type(task).__name__) for name, task in celery.tasks.items()}
    beat = {f"beat {name}": _text(entry) for name, entry in celery.conf.beat_schedule.items()}
    return tasks | beat


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for path, operations in document.get("paths", {}).items():
        for method, operation in operations.items():
            if isinstance(operation, dict) and "operationId" in operation:
                yield operation["operationId"], f"{method.upper()} {path}"


def _responses(app: Flask) -> Iterator[tuple[str, str, set[str]]]:
    """Yield each URL without arguments, the response to a GET, and the headers it varies by.

    Of the response: its status, its type and the names of its other headers.
    """
    client = app.test_client()
    urls = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if not rule.arguments and "GET" in (rule.methods or ())
    }
    for url in sorted(urls - DEPENDS_ON_SERVERS | {"/missing"}):
        response = client.get(url)
        names = ", ".join(sorted({*response.headers.keys()} - ADDED_HEADERS))
        yield url, f"{response.status_code} {response.content_type} {names}", response.vary.as_set()


def read_in_child(service: Path, result: Path) -> None:
    """Write the inventory of `service` to `result`, or the traceback of an error."""
    os.chdir(service)
    sys.path[:0] = [str(service / "src"), str(service)]
    with service.joinpath("inventory.log").open("w") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    try:
        found: object = read()
    except BaseException:  # the test that asked shows it
        found = traceback.format_exc()
    result.write_text(json.dumps(found))


def main() -> None:
    """Answer each line of the input with an empty line when the file was written."""
    for module in sys.argv[1:]:
        importlib.import_module(module)
    for line in sys.stdin:
        service, result = map(Path, line.split())
        child = os.fork()
        if child == 0:
            read_in_child(service, result)
            logging.shutdown()
            os._exit(0)
        os.waitpid(child, 0)
        print(flush=True)


if __name__ == "__main__":
    main()
