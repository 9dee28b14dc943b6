"""The command's entrance: signals are minded before anything large is imported."""

import sys

from .signals import Shield


def main() -> int:
    """Run the command line; return its exit code."""
    shield = Shield()
    shield.install()
    from .cli import run

    status = run(sys.argv[1:], shield)
    shield.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
