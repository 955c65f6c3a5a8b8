"""The server as a program: `python -m replserver`, and the script `replserver`.

With a tool's name as its first word it is that tool: `rdb` shows RDB files, `link` is a link between two
servers, `simulate` tries seeded storms, `record` and `replay` put replication streams into files and
send them.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

from ._core import serve
from .exceptions import ReplserverError

# Where each is, imported when it is wanted: the server is to be up fast.
_TOOLS = {
    "link": ("link_tool", "main"),
    "rdb": ("rdb_tool", "main"),
    "record": ("trace_tool", "main_record"),
    "replay": ("trace_tool", "main_replay"),
    "simulate": ("simulation_tool", "main"),
}


def main() -> int:
    """Serves as the command line says, until it is told to stop. Gives the exit code."""
    words = sys.argv[1:]
    if words and words[0] in _TOOLS:
        return _use(*words)
    # File names need not be UTF-8: the words go on as the bytes that they were.
    return serve(_program(), [os.fsencode(word) for word in words])


def _use(name: str, *words: str) -> int:
    """A tool's exit code, and in a line what it could not do."""
    home, function = _TOOLS[name]
    tool = getattr(import_module(f".{home}", __package__), function)
    program = f"{_program()} {name}"
    try:
        code = int(tool(words, program))
        print(end="", flush=True)
        return code
    except BrokenPipeError:  # as of `| head`: nobody wants more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ReplserverError, OSError, ValueError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130  # as shells say it


def _program() -> str:
    by_module = os.path.basename(sys.argv[0]) == "__main__.py"
    return "python -m replserver" if by_module else os.path.basename(sys.argv[0])


if __name__ == "__main__":
    sys.exit(main())
