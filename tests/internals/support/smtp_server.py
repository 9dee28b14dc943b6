"""An SMTP server that stores what it receives, and fails as the tests want."""

import re
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer

ADDRESS = re.compile(rb"<([^>]*)>")


class SMTPServer(ThreadingTCPServer):
    """A server on a free port of 127.0.0.1, whose failure is `fault`.

    - hangs: accepts connections, and never responds
    - trickles: sends one byte of an endless response each tenth of a second
    - hangs after data, disconnects after data, breaks after data: stores a message, and does not
      respond, closes the connection without a response, or does that at the first attempt
    - disconnects at data: closes the connection before it receives a message, at the first attempt
    - greylists: refuses the first attempt for each recipient, for now
    - refuses recipients, refuses messages: for good
    - hangs at quit: responds to everything but QUIT
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 100

    def __init__(
        self, fault: str, port: int, tls: ssl.SSLContext | None, *, starttls: bool
    ) -> None:
        super().__init__(("127.0.0.1", port), Session)
        self.fault = fault
        self.tls, self.starttls = tls, starttls
        self.messages: list[tuple[str, bytes]] = []  # recipient and content
        self.attempts: Counter[str] = Counter()  # by recipient
        self.logins: list[bytes] = []
        self.connections = 0
        self.released = threading.Event()

    @property
    def port(self) -> int:
        """The port."""
        port: int = self.server_address[1]
        return port

    def recover(self) -> None:
        """End the failure, also of the connections that hang."""
        self.fault = ""
        self.released.set()

    def recipients(self) -> Counter[str]:
        """Return the number of stored messages by recipient."""
        return Counter(recipient for recipient, _ in list(self.messages))


class Session(StreamRequestHandler):
    """One connection (RFC 5321)."""

    server: SMTPServer
    recipient = ""

    def handle(self) -> None:
        """Answer commands until the client quits."""
        self.server.connections += 1
        with suppress(OSError):
            if self.server.tls and not self.server.starttls:
                self.encrypt()
            if self.server.fault == "hangs":
                self.server.released.wait()
            while self.server.fault == "trickles" and not self.server.released.wait(0.1):
                self.wfile.write(b"2")
            self.say("220 smtp.test ESMTP")
            while (line := self.rfile.readline()) and self.answer(line.strip()):
                pass

    def finish(self) -> None:
        """Also close the connection over TLS, which the server does not know."""
        with suppress(OSError):
            super().finish()
        self.request.close()

    def say(self, line: str) -> bool:
        """Send a line. Return True: the session goes on."""
        self.wfile.write(f"{line}\r\n".encode())
        return True

    def encrypt(self) -> None:
        """Continue over TLS."""
        assert self.server.tls is not None
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.setup()

    def answer(self, line: bytes) -> bool:
        """Answer a command. Return whether the session goes on."""
        server, command = self.server, line[:4].upper()
        if command == b"EHLO":
            self.say("250-smtp.test")
            if server.tls and not isinstance(self.request, ssl.SSLSocket):
                self.say("250-STARTTLS")
            return self.say("250 AUTH PLAIN")
        if command == b"STAR":
            self.say("220 Go ahead")
            self.encrypt()
            return True
        if command == b"AUTH":
            server.logins.append(line)
            return self.say("235 Welcome")
        if command == b"RCPT":
            [address] = ADDRESS.findall(line)
            self.recipient = address.decode()
            server.attempts[self.recipient] += 1
            if server.fault == "greylists" and server.attempts[self.recipient] == 1:
                return self.say("451 4.7.1 Try again later")
            if server.fault == "refuses recipients":
                return self.say(f"550 5.1.1 <{self.recipient}> is unknown")
        if command == b"DATA":
            return self.receive()
        if command == b"QUIT":
            if server.fault == "hangs at quit":
                server.released.wait()
            self.say("221 Bye")
            return False
        return self.say("250 OK")

    def receive(self) -> bool:
        """Receive a message. Return whether the session goes on."""
        server, first = self.server, self.server.attempts[self.recipient] == 1
        if server.fault == "disconnects at data" and first:
            return False
        self.say("354 Go ahead")
        lines = iter(self.rfile.readline, b".\r\n")
        content = b"".join(line.removeprefix(b".") for line in lines)
        if server.fault == "refuses messages":
            return self.say("554 5.6.0 This is spam")
        server.messages.append((self.recipient, content))
        if server.fault == "hangs after data":
            server.released.wait()
        if server.fault == "disconnects after data" or (
            server.fault == "breaks after data" and first
        ):
            return False
        return self.say("250 Accepted")


@contextmanager
def smtp_server(
    fault: str = "", port: int = 0, tls: ssl.SSLContext | None = None, *, starttls: bool = True
) -> Iterator[SMTPServer]:
    """Run a server until the block ends."""
    with SMTPServer(fault, port, tls, starttls=starttls) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
            thread.join()
