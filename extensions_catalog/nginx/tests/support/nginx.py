"""`Nginx` runs nginx with the service's configuration for tests."""

import os
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import closing, suppress
from http.client import HTTPResponse, HTTPSConnection
from pathlib import Path
from string import Template

from .server import DEADLINE, ROOT, free_port

TEMPLATE = ROOT / "nginx" / "default.conf.template"
PROGRAM = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or ""
CERTIFICATE = (
    *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes"),
    *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
)
MAIN = """
user root; # ignored unless the tests run as root
daemon off;
pid nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include service.conf;
}
"""


class Nginx:
    """nginx in front of the server at `port`, run by a `with` block; its files are in `folder`."""

    def __init__(self, folder: Path, port: int, **variables: str) -> None:
        self.http_port, self.https_port = free_port(), free_port()
        places = {
            "listen 80;": f"listen 127.0.0.1:{self.http_port};",
            "listen 443 ": f"listen 127.0.0.1:{self.https_port} ",
            "web:8000": f"127.0.0.1:{port}",
            "/etc/nginx/tls": str(folder),
            "/var/cache/nginx": str(folder),
        }
        text = TEMPLATE.read_text("utf-8")
        for place, replacement in places.items():
            text = text.replace(place, replacement)
        variables = {"MAX_CONTENT_LENGTH": "1048576", "SCRIPT_NAME": "", **variables}
        (folder / "service.conf").write_text(Template(text).safe_substitute(variables), "utf-8")
        (folder / "nginx.conf").write_text(MAIN, "utf-8")
        files = ("-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem")
        subprocess.run((*CERTIFICATE, *files), check=True, capture_output=True)
        self.tls = ssl.create_default_context(cafile=folder / "fullchain.pem")
        self.command = (PROGRAM, "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr")

    def check(self) -> subprocess.CompletedProcess[str]:
        """Run `nginx -t`, which checks the configuration."""
        return subprocess.run((*self.command, "-t"), capture_output=True, text=True, check=False)

    def __enter__(self) -> "Nginx":
        self.process = subprocess.Popen(self.command, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.https_port)):
                return self
            time.sleep(0.05)
        raise TimeoutError(f"nginx did not start: {self.check().stderr}")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(DEADLINE)

    def get(self, path: str, **headers: str) -> HTTPResponse:
        """Return the response to a GET over HTTPS, whose body has been read."""
        with closing(
            HTTPSConnection("127.0.0.1", self.https_port, timeout=DEADLINE, context=self.tls)
        ) as connection:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            response.read()
            return response
