"""A conversation of several clients with one server: made from a seed, shown, made short."""

import random
import re
from dataclasses import dataclass, replace

from harness import encoded

from .families import EXCLUDED, FAMILIES
from .grammar import CLIENT_ID, Words

STEPS = 60
CLIENTS = 3
INLINE_MAX = 10_000
LISTENER = CLIENTS  # who hears of all changes, where somebody does


@dataclass(frozen=True)
class Step:
    client: int
    words: tuple
    joined: bool = False  # sent along with the step before, which is the same client's
    lapses: bool = False  # then time passes: a millisecond's deadline is over
    inline: bool = False  # written as a line

    @property
    def name(self):
        return self.words[0].upper()

    @property
    def tells_of_clients(self):
        return any(map(CLIENT_ID.fullmatch, self.words))

    def bytes(self, id_of):
        """What is sent. A word like <1> stands for the CLIENT ID of client 1."""
        words = [b"%d" % id_of(int(word[1:-1])) if CLIENT_ID.fullmatch(word) else word for word in self.words]
        if self.inline:
            return b" ".join(_quoted(word) for word in words) + b"\r\n"
        return encoded(*words)


def script_of(seed, families=None, steps=STEPS):
    """The conversation of a seed. Few families at a time: their commands meet more often."""
    rng = random.Random(seed)
    names = set(families or rng.sample(sorted(FAMILIES), rng.randint(1, 4)))
    if rng.random() < 0.4:
        names.add("lapses")
    for name in sorted(names):
        names -= EXCLUDED.get(name, set())
    words = Words(rng)
    lines = [FAMILIES[name] for name in sorted(names - {"lapses"})]
    script, client = [], 0
    for number in range(rng.randint(steps // 2, steps)):
        changed = rng.random() < 0.3
        if changed:
            client = rng.randrange(CLIENTS)
        if "lapses" in names and rng.random() < 0.15:
            script.append(_lapse(rng, words, client))
            continue
        said = words.make(rng.choice(rng.choice(lines)))
        joined = number > 0 and not changed and rng.random() < 0.3 and _joins(script[-1], said)
        joined = joined and not names & {"replies", "monitors"}  # whose answers could not be told apart
        # A queued deadline passes behind EXEC.
        ends = "lapses" in names and said[0].upper() == b"EXEC"
        inline = rng.random() < 0.1 and sum(map(len, said)) < INLINE_MAX
        script.append(Step(client, said, joined, ends, inline))
    return script


def steps_of(lines):
    """A script that was written by hand: "client words", "+" before it: joined, "~" behind it: then time passes."""
    for line in lines:
        joined = line.startswith("+")
        client, _, said = line.removeprefix("+").partition(" ")
        lapses = said.endswith(" ~")
        words = said.removesuffix(" ~").split(" ")
        yield Step(int(client), tuple(word.encode() for word in words), joined, lapses)


def overheard(script):
    """The same, while one more client is told of everything that happens to any key."""
    asks = (b"CONFIG", b"SET", b"notify-keyspace-events", b"KEAmn"), (b"PSUBSCRIBE", b"__key*")
    return [*(Step(LISTENER, words) for words in asks), *script]


def _joins(before, said):
    """Whether this may be sent in one write with what was said before.

    Not behind a lapse; and a SCAN is carried on to its end before anything else is said. The many replies
    of SUBSCRIBE and its kin could not be told from those of what follows. Whether a client that is killed
    has been sent what it was told just before hangs on whether all is read at once.
    """
    names = before.name, said[0].upper()
    return not before.lapses and not any(name in (b"SCAN", b"CLIENT") or name.endswith(b"SUBSCRIBE") for name in names)


def _lapse(rng, words, client):
    """A key is given a deadline that passes before anything else happens; it is not deleted by that."""
    key = words.key()
    said = rng.choice([(b"PEXPIRE", key, b"1"), (b"SET", key, b"v", b"PX", b"1"), (b"PSETEX", key, b"1", b"v")])
    return Step(client, said, False, True)


def shown(script):
    """As one would type it."""
    lines = []
    for step in script:
        words = " ".join(_word(word) for word in step.words)
        remarks = {"in one write with the one before": step.joined, "as a line": step.inline, "then 3 ms pass": step.lapses}
        remark = "".join(f"   # {remark}" for remark, holds in remarks.items() if holds)
        lines.append(f"  client {step.client}> {words}{remark}")
    return "\n".join(lines)


def _word(word):
    if len(word) > 100:
        return f"<{len(word)} bytes>"
    text = word.decode("latin-1")
    if text and all(" " < letter <= "~" and letter not in "\"'\\" for letter in text):
        return text
    return '"' + repr(word)[2:-1].replace('"', '\\"') + '"'


def _quoted(word):
    if re.fullmatch(rb"[!#-&(-~]+", word):
        return word
    if re.fullmatch(rb"[ -&(-\[\]-~]*", word):
        return b"'" + word + b"'"
    return b'"' + b"".join(b"\\x%02x" % byte for byte in word) + b'"'


def shortest(script, differs):
    """A part of the script that still differs, and no longer does without any one of its steps."""
    size = max(len(script) // 2, 1)
    while True:
        at, shrunk = 0, False
        while at < len(script):
            shorter = _joined_to_own(script[:at] + script[at + size :])
            if shorter and differs(shorter):
                script, shrunk = shorter, True
            else:
                at += size
        if size == 1 and not shrunk:
            return script
        size = max(size // 2, 1)


def _joined_to_own(script):
    """Steps whose predecessor is gone are sent on their own."""
    return [
        replace(step, joined=step.joined and at > 0 and _follows(script[at - 1], step))
        for at, step in enumerate(script)
    ]


def _follows(before, step):
    return before.client == step.client and _joins(before, step.words)
