"""Random conversations, held with a real redis-server and with a node of ours: they must not differ.

    grammar.py       a small language for commands, and the words that may stand in them
    families.py      the commands; each value type and each feature adds its own lines
    script.py        what several clients say, made from a seed; shown; made short
    sides.py         those who answer: a server behind a socket, a node in virtual time
    conversation.py  a script and a side make a conversation; two sides, perhaps a difference
    feed.py          what replicas are told meanwhile, heard and compared
    judge.py         what must be the same in two answers, and what cannot be

`python -m differential --help` (in tests_py) looks for differences as long as you like.
"""

from harness_cluster import LiveCluster

from .conversation import difference
from .families import CHANGING_KEYS, FAMILIES
from .script import overheard, script_of, shortest, shown
from .sides import SimulatedSide, SocketSide

__all__ = ["CHANGING_KEYS", "FAMILIES", "difference", "find", "overheard", "script_of", "shortest", "shown", "side_of", "side_of_server"]


def side_of_server(server):
    return SocketSide(server.port)


def side_of(cluster):
    """A new node of this cluster, as one who answers."""
    node = cluster.start("node", enable_debug_command="yes")
    if isinstance(cluster, LiveCluster):
        return SocketSide(node.port, cluster.advance)
    return SimulatedSide(node)


def find(seed, script, expected, got):
    """None, or a report: the difference, and the shortest script that shows it.

    Deadlines of a millisecond pass at another place in a server that had to wait for its CPU: what
    shows once, and then twice not, is such a case.
    """
    found = difference(script, expected, got)
    if found is None or not any(difference(script, expected, got) for _ in range(2)):
        return None
    short = shortest(script, lambda shorter: difference(shorter, expected, got) is not None)
    again = difference(short, expected, got) or f"(only sometimes) {found}"
    return f"seed {seed}, redis-server's answer first:\n{shown(short)}\n{again}"
