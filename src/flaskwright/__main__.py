"""The `flaskwright` command. Signal handlers are installed before the slow imports."""

import sys

from .signals import SignalGuard


def main() -> int:
    """Run the command line; return its exit code."""
    guard = SignalGuard()
    guard.install()
    from .cli.main import run

    status = run(sys.argv[1:], guard)
    guard.ignore()
    return status


if __name__ == "__main__":
    sys.exit(main())
