"""What ends a run."""


class BenchError(Exception):
    """The benchmark cannot go on; the message says what to do, or what a server answered."""
