"""A web server for git repositories that can hold back its responses."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.life.services import git


class Server(ThreadingHTTPServer):
    """Serves repositories. Requests wait while `unblocked` is not set; each sets `requested`."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.unblocked, self.requested = threading.Event(), threading.Event()
        self.unblocked.set()
        self.requests = 0

    def url(self, name: str) -> str:
        return f"git+http://127.0.0.1:{self.server_address[1]}/{name}"


class Handler(SimpleHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.requests += 1
        self.server.requested.set()
        self.server.unblocked.wait()
        super().do_GET()

    def log_message(self, *_arguments: object) -> None:
        pass


@contextmanager
def serve(folder: Path) -> Iterator[Server]:
    """Serve a folder of repositories; after the block, its URL refuses connections."""
    with Server(folder) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.unblocked.set()
            server.shutdown()
            thread.join()


def publish(template: Path, folder: Path) -> str:
    """Copy the template's repository to a folder for `serve`; return its name there."""
    if not (folder / "template").exists():
        git(template, "clone", "--quiet", "--bare", ".", str(folder / "template"))
    served_copy = f"--git-dir={folder / 'template'}"
    refs = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
    git(template, served_copy, "fetch", "--quiet", "--prune", str(template), *refs)
    git(template, served_copy, "update-server-info")
    return "template"
