"""A resolver and servers that do what the tests say."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask

from sample import create_app


class Resolver:
    """Replaces DNS. Each name has a list of answers, which are lists of addresses."""

    def __init__(self) -> None:
        self.answers: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []
        self.original: Callable[..., Any] = socket.getaddrinfo

    def getaddrinfo(self, host: Any, port: Any, *args: Any, **options: Any) -> list[Any]:
        """Return the next answer for a name of a test; resolve other names as usual."""
        self.asked.append(host)
        if host not in self.answers:
            return list(self.original(host, port, *args, **options))
        addresses = self.answers[host].pop(0)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [item for address in addresses for item in self.original(address, port, **options)]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    """Return the resolver of this test."""
    resolver = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", resolver.getaddrinfo)
    return resolver


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    """Enter the context of an app that refuses private addresses."""
    with app.app_context():
        yield


@pytest.fixture
def private_context() -> Iterator[None]:
    """Enter the context of an app that allows private addresses."""
    app = create_app({"APP_ENV": "testing", "HTTP_CLIENT_ALLOW_PRIVATE": True})
    with app.app_context():
        yield


@contextmanager
def raw_server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve one connection with `serve` after its request has arrived. Yield the URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with listener.accept()[0] as connection:
                connection.recv(65536)
                try:
                    serve(connection)
                except OSError:  # the client has closed the connection
                    return

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            thread.join()
