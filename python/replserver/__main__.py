"""The server as a program: `python -m replserver`, and the script `replserver`."""

from __future__ import annotations

import os
import sys

from ._core import serve


def main() -> int:
    """Serves as the command line says, until it is told to stop. Gives the exit code."""
    by_module = os.path.basename(sys.argv[0]) == "__main__.py"
    program = "python -m replserver" if by_module else os.path.basename(sys.argv[0])
    # File names need not be UTF-8: the words go on as the bytes that they were.
    return serve(program, [os.fsencode(word) for word in sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
