"""The server as a program: `python -m replserver`, and the script `replserver`.

With `rdb` as its first word it shows RDB files instead; with `link` it is a link between two servers; with
`simulate` it tries seeded storms; `record` and `replay` put replication streams into files and send them.
"""

from __future__ import annotations

import os
import sys

from ._core import serve


def main() -> int:
    """Serves as the command line says, until it is told to stop. Gives the exit code."""
    if sys.argv[1:2] == ["rdb"]:
        from .rdb_tool import main as show_rdb

        return show_rdb(sys.argv[2:], f"{_program()} rdb")
    if sys.argv[1:2] == ["link"]:
        from .link_tool import main as carry

        return carry(sys.argv[2:], f"{_program()} link")
    if sys.argv[1:2] == ["simulate"]:
        from .simulation_tool import main as simulate

        return simulate(sys.argv[2:], f"{_program()} simulate")
    if sys.argv[1:2] == ["record"]:
        from .trace_tool import main_record

        return main_record(sys.argv[2:], f"{_program()} record")
    if sys.argv[1:2] == ["replay"]:
        from .trace_tool import main_replay

        return main_replay(sys.argv[2:], f"{_program()} replay")
    # File names need not be UTF-8: the words go on as the bytes that they were.
    return serve(_program(), [os.fsencode(word) for word in sys.argv[1:]])


def _program() -> str:
    by_module = os.path.basename(sys.argv[0]) == "__main__.py"
    return "python -m replserver" if by_module else os.path.basename(sys.argv[0])


if __name__ == "__main__":
    sys.exit(main())
