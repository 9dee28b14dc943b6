"""Load: one process that keeps HTTP/1.1 connections busy, and times every answer.

`python -m benchmarks.load` reads one job a line from standard input, as JSON, and answers each
with one line: `{"requests", "seconds", "p50_ms", "p99_ms", "reconnects", "cpu_us"}`, or
`{"error"}`. It is a closed loop: each connection sends its next request when the last is answered.
It is made to cost little, and so knows of HTTP only what the servers measured here send.
"""

import itertools
import json
import select
import socket
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

LIMIT_SECONDS = 30  # within which everything must be answered, beyond the burst itself


class AnswerError(Exception):
    """A server answered something else than was expected, or not at all."""


@dataclass(frozen=True)
class Job:
    """One burst: requests from the file `requests`, a JSON list, in turn and from `start` on."""

    port: int
    connections: int
    seconds: float
    requests: str
    status: int
    start: int


@dataclass(frozen=True)
class Burst:
    """What came of it. `cpu_us` is the load's own CPU time a request."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    reconnects: int
    cpu_us: float


class Connection:
    """A connection with one request under way at most."""

    def __init__(self, port: int, poll: select.epoll) -> None:
        self.port = port
        self.poll = poll
        self.request = b""
        self.sent_at = 0.0
        self.received = b""
        self.connect()

    def connect(self) -> None:
        """Connect, or connect again."""
        self.socket = socket.create_connection(("127.0.0.1", self.port), LIMIT_SECONDS)
        self.socket.settimeout(None)  # Python would poll before each call
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.poll.register(self.socket, select.EPOLLIN)

    def send(self, request: bytes, now: float) -> None:
        """Send `request`; that the server has closed meanwhile is seen when its answer is read."""
        self.request = request
        self.sent_at = now
        with suppress(BrokenPipeError, ConnectionResetError):
            self.socket.send(request)

    def receive(self) -> bytes:
        """Return what has come of the answer, nothing where the server has closed."""
        try:
            return self.socket.recv(262_144)
        except ConnectionResetError:
            return b""

    def close(self) -> None:
        """Close it, and watch it no more."""
        self.poll.unregister(self.socket)
        self.socket.close()


def complete(answer: bytes) -> bool:
    """Tell whether `answer` is whole; its body has a length, or comes in chunks."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = answer[:end].lower()
    place = head.find(b"\r\ncontent-length:")
    if place >= 0:
        stop = head.find(b"\r\n", place + 17)
        length = int(head[place + 17 : stop] if stop >= 0 else head[place + 17 :])
        return len(answer) >= end + 4 + length
    if b"\r\ntransfer-encoding: chunked" in head:
        return answer.endswith(b"\r\n0\r\n\r\n")
    raise AnswerError(f"neither a length nor chunks:\n{answer.decode('utf-8', 'replace')}")


def burst(job: Job, requests: list[bytes]) -> Burst:
    """Run `job`. Raises `AnswerError`."""
    cpu = time.process_time()
    clock = time.perf_counter
    expected = b"HTTP/1.1 %d " % job.status
    latencies: list[float] = []
    reconnects = 0
    turn = itertools.islice(itertools.cycle(requests), job.start % len(requests), None)
    with select.epoll() as poll:
        watched: dict[int, Connection] = {}
        for _ in range(job.connections):
            connection = Connection(job.port, poll)
            watched[connection.socket.fileno()] = connection
        began = clock()
        stop = began + job.seconds
        for connection in watched.values():
            connection.send(next(turn), clock())
        while watched:
            ready = poll.poll(LIMIT_SECONDS)
            if not ready:
                raise AnswerError(f"no answer for {LIMIT_SECONDS} s")
            for descriptor, _ in ready:
                connection = watched[descriptor]
                data = connection.receive()
                if not data:  # only what was not answered at all may be asked again
                    reconnects += 1
                    if connection.received or reconnects > 100:
                        raise AnswerError(f"closed after {connection.received[:500]!r}")
                    del watched[descriptor]
                    connection.close()
                    connection.connect()
                    watched[connection.socket.fileno()] = connection
                    connection.send(connection.request, connection.sent_at)
                    continue
                if connection.received:
                    data = connection.received + data
                if not complete(data):
                    connection.received = data
                    continue
                now = clock()
                if not data.startswith(expected):
                    raise AnswerError(data.decode("utf-8", "replace"))
                latencies.append(now - connection.sent_at)
                connection.received = b""
                if now < stop:
                    connection.send(next(turn), now)
                else:
                    del watched[descriptor]
                    connection.close()
        seconds = clock() - began
    latencies.sort()
    return Burst(
        requests=len(latencies),
        seconds=seconds,
        p50_ms=1000 * latencies[len(latencies) // 2],
        p99_ms=1000 * latencies[int(len(latencies) * 0.99)],
        reconnects=reconnects,
        cpu_us=1e6 * (time.process_time() - cpu) / len(latencies),
    )


def main() -> None:
    """Answer jobs until standard input ends."""
    files: dict[str, list[bytes]] = {}
    for line in sys.stdin:
        job = Job(**json.loads(line))
        if job.requests not in files:
            texts = json.loads(Path(job.requests).read_text("utf-8"))
            files[job.requests] = [text.encode() for text in texts]
        try:
            answer: object = asdict(burst(job, files[job.requests]))
        except (AnswerError, OSError) as reason:
            answer = {"error": str(reason)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
