"""The server as a program: `python -m replserver`, and the script `replserver`.

With a tool's name as its first word it is that tool: `rdb` shows RDB files, `link` is a link between two
servers, `simulate` tries seeded storms, `record` and `replay` put replication streams into files and
send them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module

from ._core import serve
from .exceptions import ReplserverError

# Where each is, imported when it is wanted: the server is to be up fast. And what it does.
_TOOLS = {
    "link": ("link_tool", "main", "a link between two servers, with faults"),
    "rdb": ("rdb_tool", "main", "what is in an RDB file"),
    "record": ("trace_tool", "main_record", "a replication stream into a file"),
    "replay": ("trace_tool", "main_replay", "what is in such a file, or sending it to a server"),
    "simulate": ("simulation_tool", "main", "storms over many seeds"),
}


def main() -> int:
    """Serves as the command line says, until it is told to stop. Gives the exit code."""
    words, program = sys.argv[1:], _program()
    if words and words[0] in _TOOLS:
        home, name, _ = _TOOLS[words[0]]
        tool = getattr(import_module(f".{home}", __package__), name)
        program = f"{program} {words[0]}"
        return _tried(program, lambda: int(tool(words[1:], program)))
    # File names need not be UTF-8: the words go on as the bytes that they were.
    code = serve(program, [os.fsencode(word) for word in words])
    return _tried(program, _show_tools) if words in (["-h"], ["--help"]) else code


def _show_tools() -> int:
    print("\nTools, each with a --help of its own:\n")
    for name, (_, _, told) in _TOOLS.items():
        print(f"  {_program()} {name:<10}{told}")
    return 0


def _tried(program: str, tool: Callable[[], int]) -> int:
    """A tool's exit code, and in a line what it could not do."""
    try:
        code = tool()
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
