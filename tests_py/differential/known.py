"""Where Redis 7.2, and so our node, differs from the 7.0.15 that it is compared with.

One more cannot be shown by one command: what a client makes the server tell itself (it publishes to its
own channel, or changes what it has notifications of) comes behind its reply. In 7.0 it comes before it,
or among the replies of an EXEC, which nobody can tell apart from them then. So `is_message` is all that
a Judge goes by there.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class KnownDifference:
    words: tuple  # a test holds them against both
    theirs: Any
    ours: Any
    why: str


NO_HELLO = (
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO{} AUTH <user> <pass> "
    "option can be used to authenticate the client and select the RESP protocol version at the same time"
)
# The texts of 7.0 and 7.2 for the same refusal, wherever it comes.
UNBALANCED = "ERR Unbalanced {} list of streams: for each stream key an ID or '{}' must be specified."
XSETID = "ERR The ID specified in XSETID is smaller than {}"
RENAMED_ERRORS = {
    NO_HELLO.format(""): (NO_HELLO.format(" <proto>"),),
    # 7.2 looks at what was deleted first.
    XSETID.format("the target stream top item"): (XSETID.format("current max_deleted_entry_id"),),
    UNBALANCED.format("XREAD", "$"): (UNBALANCED.format("'xread'", "$"), UNBALANCED.format("'xreadgroup'", ">")),
}

KNOWN_DIFFERENCES = [
    KnownDifference(
        words=("HELLO", "3", "AUTH", "nobody", "x", "SETNAME", "a b"),
        theirs=("-", "WRONGPASS invalid username-password pair or user is disabled."),
        ours=("-", "ERR Client names cannot contain spaces, newlines or special characters."),
        why="7.2 reads all options of HELLO before it acts on the first",
    ),
    KnownDifference(
        words=("COMMAND", "GETKEYS", "PING"),
        theirs=("-", "ERR wrong number of arguments for 'command|getkeys' command"),
        ours=("-", "ERR The command has no key arguments"),
        why="7.2 lets COMMAND GETKEYS and GETKEYSANDFLAGS have a single word",
    ),
    KnownDifference(
        words=("LPOS", "k", "a", "RANK", "-9223372036854775808"),
        theirs=None,
        ours=("-", "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"),
        why="7.2 refuses the one rank that has no positive counterpart",
    ),
    KnownDifference(
        words=("CLIENT", "NO-TOUCH", "ON"),
        theirs=("-", "ERR unknown subcommand 'NO-TOUCH'. Try CLIENT HELP."),
        ours="OK",
        why="new in 7.2",
    ),
    KnownDifference(
        words=("CLIENT", "SETINFO", "LIB-NAME", "mine"),
        theirs=("-", "ERR unknown subcommand 'SETINFO'. Try CLIENT HELP."),
        ours="OK",
        why="new in 7.2",
    ),
]


def is_message(value):
    """What a subscriber is told without having asked, now."""
    return isinstance(value, list) and value[:1] in ([b"message"], [b"pmessage"], [b"smessage"])
