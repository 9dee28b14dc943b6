"""A name server whose answer the tests change, like that of a network of containers."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import DatagramRequestHandler, ThreadingUDPServer

ADDRESS_RECORD = 1


class NameServer(ThreadingUDPServer):
    """Answers that every name has the address `address`."""

    daemon_threads = True

    def __init__(self, address: str) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.address = address


class Answer(DatagramRequestHandler):
    """One query (RFC 1035, section 4.1)."""

    server: NameServer

    def handle(self) -> None:
        """Copy the question, and answer it if it asks for an IPv4 address."""
        query = self.rfile.read()
        question = query[12 : query.index(b"\0", 12) + 5]
        [kind] = struct.unpack("!H", question[-4:-2])
        found = kind == ADDRESS_RECORD
        self.wfile.write(query[:2] + struct.pack("!5H", 0x8180, 1, found, 0, 0) + question)
        if found:
            address = socket.inet_aton(self.server.address)
            self.wfile.write(struct.pack("!3HIH", 0xC00C, kind, 1, 1, 4) + address)


@contextmanager
def name_server(address: str) -> Iterator[NameServer]:
    """Run a name server until the block ends."""
    with NameServer(address) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
