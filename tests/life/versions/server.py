"""A web server with repositories, which can be made to wait."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.life.services import git


class Server(ThreadingHTTPServer):
    """Serves repositories; while `held`, requests wait, and `asked` tells of the first of them."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.free, self.asked = threading.Event(), threading.Event()
        self.free.set()
        self.requests = 0

    def url(self, name: str) -> str:
        return f"git+http://127.0.0.1:{self.server_address[1]}/{name}"


class Handler(SimpleHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.requests += 1
        self.server.asked.set()
        self.server.free.wait()
        super().do_GET()

    def log_message(self, *_arguments: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """Serve a folder of repositories; afterwards nobody answers at its URL."""
    with Server(folder) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.free.set()
            server.shutdown()
            thread.join()


def publish(template: Path, folder: Path) -> str:
    """Put the template's repository where `served` has it; return its name there."""
    if not (folder / "template").exists():
        git(template, "clone", "--quiet", "--bare", ".", str(folder / "template"))
    served_copy = f"--git-dir={folder / 'template'}"
    refs = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
    git(template, served_copy, "fetch", "--quiet", "--prune", str(template), *refs)
    git(template, served_copy, "update-server-info")
    return "template"
