"""The commands, as the server itself describes them: against the reference, and beside a real redis-server.

Fixtures: `redis_server` is Debian's redis-server 7.0, `node` one of ours on a live socket. Where 7.2
differs from 7.0, it is named here and nowhere else.
"""

import csv
import re
from pathlib import Path

import pytest

from harness import Connection, free_port, program, run
from replserver import CommandError

REFERENCE = Path(__file__).parent / "reference" / "commands.tsv"

# What the next issues bring; all else of these groups must be there.
LATER = {
    "CLIENT CACHING", "CLIENT TRACKING", "CLIENT TRACKINGINFO",
    "ACL", "BGREWRITEAOF",
}  # fmt: skip
GROUPS_NOW = {
    "string", "list", "hash", "set", "sorted_set", "geo", "stream", "bitmap", "hyperloglog", "generic", "connection",
    "transactions", "pubsub", "server",
}  # fmt: skip

# The server's own affairs: no reply of Redis shows these flags.
HIDDEN_FLAGS = {"SENTINEL", "PROTECTED", "TOUCHES_ARBITRARY_KEYS"}
FLAG_NAMES = {"MOVABLE_KEYS": "movablekeys"}


# ---- what 7.2 says otherwise than 7.0

EVERYWHERE = {"request_policy:all_nodes", "response_policy:all_succeeded"}
NOT_IN_MULTI = {"noscript", "loading", "stale", "fast", "no_multi", "allow_busy"}
PUBLISHES = {"pubsub", "loading", "stale", "fast", "may_replicate"}
INFO_OF_7_2 = {  # per command, the field that differs, or all of them
    # Scripts may say what waits: there it does not.
    **{name: ("flags", {"write", "blocking", "denyoom"}) for name in ("blmove", "brpoplpush")},
    **{name: ("flags", {"write", "blocking"}) for name in ("blpop", "brpop")},
    **{name: ("flags", {"write", "blocking", "fast"}) for name in ("bzpopmax", "bzpopmin")},
    "client|setname": ("tips", EVERYWHERE),
    "command|getkeys": ("arity", -3),
    "command|getkeysandflags": ("arity", -3),
    "config|resetstat": ("tips", EVERYWHERE),
    "config|rewrite": ("tips", EVERYWHERE),
    "latency|reset": ("tips", {"request_policy:all_nodes", "response_policy:agg_sum"}),
    "msetnx": ("tips", set()),
    "multi": ("flags", NOT_IN_MULTI),
    "pfcount": ("flags", {"readonly", "may_replicate"}),
    "publish": ("flags", PUBLISHES),
    "randomkey": (
        "tips",
        {"request_policy:all_shards", "response_policy:special", "nondeterministic_output"},
    ),
    "scan": ("tips", {"request_policy:special", "response_policy:special", "nondeterministic_output"}),
    "spublish": ("flags", PUBLISHES),
    "wait": [("flags", {"blocking"}), ("categories", {"@blocking", "@connection", "@slow"})],
    "watch": ("flags", NOT_IN_MULTI),
    "zrank": ("arity", -3),
    "zrevrank": ("arity", -3),
}
ADDED_IN_7_2 = {"client|no-touch", "client|setinfo", "waitaof"}
ADDED_IN_7_4 = {
    "hexpire", "hexpireat", "hexpiretime", "hpersist", "hpexpire", "hpexpireat", "hpexpiretime",
    "hpttl", "httl",
}  # fmt: skip
def deprecated(since, replaced_by):
    return {"doc_flags": ["deprecated"], "deprecated_since": since, "replaced_by": replaced_by}


DOCS_OF_7_2 = {
    "client|pause": {"since": "3.0.0"},
    "psetex": deprecated("2.6.12", "`SET` with the `PX` argument"),
    "quit": deprecated("7.2.0", "just closing the connection"),
    "setex": deprecated("2.6.12", "`SET` with the `EX` argument"),
    "setnx": deprecated("2.6.12", "`SET` with the `NX` argument"),
}
# Arguments that have other names, or are given in more detail.
SYNTAX_OF_7_2 = {
    "client|kill", "client|list", "client|reply", "client|unblock", "command|getkeys",
    "command|getkeysandflags", "config|get", "config|set", "flushall", "flushdb", "hello", "lcs", "migrate",
    "mset", "msetnx", "hset", "hmset", "psubscribe", "shutdown", "zadd", "zrange", "zrangebylex", "zrangebyscore",
    "zrangestore", "zrank", "zrevrangebylex", "zrevrangebyscore", "zrevrank", "geoadd", "georadius",
    "xadd", "xclaim", "xgroup|create", "xgroup|createconsumer", "xgroup|delconsumer", "xgroup|destroy",
    "xgroup|setid", "xinfo|consumers", "xinfo|stream", "xreadgroup", "xsetid",
    "georadius_ro", "georadiusbymember", "georadiusbymember_ro", "geosearch", "geosearchstore", "sort", "sort_ro",
}  # fmt: skip


# ---- reading the replies


def client_of(server):
    return Connection(server.port)


def text(value):
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list):
        return [text(element) for element in value]
    return value


def pairs(flat):
    return dict(zip(flat[::2], flat[1::2]))


def flattened(rows):
    """Name -> row of COMMAND INFO, subcommands as well."""
    found = {}
    for row in rows:
        found[row[0]] = row
        found.update(flattened(row[9]))
    return found


def described(row):
    """A row of COMMAND INFO with its fields named; the order of sets means nothing."""
    specs = []
    for spec in row[8]:
        spec = pairs(spec)
        begin, find = pairs(spec["begin_search"]), pairs(spec["find_keys"])
        specs.append(
            {
                "flags": set(spec["flags"]),
                "begin": (begin["type"], pairs(begin["spec"])),
                "find": (find["type"], pairs(find["spec"])),
            }
        )
    return {
        "arity": row[1],
        "flags": set(row[2]),
        "keys": tuple(row[3:6]),
        "categories": set(row[6]),
        "tips": set(row[7]),
        "specs": specs,
    }


def infos(server):
    with client_of(server) as client:
        return {name: described(row) for name, row in flattened(text(client.call("COMMAND"))).items()}


def docs(server):
    """Name -> entry of COMMAND DOCS, subcommands as well."""

    def entries(flat):
        for name, entry in pairs(flat).items():
            entry = pairs(entry)
            yield name, entry
            yield from entries(entry.get("subcommands", []))

    with client_of(server) as client:
        return dict(entries(text(client.call("COMMAND", "DOCS"))))


def arguments(entry):
    """The tree of arguments, without what redis-server 7.0 does not tell."""

    def argument(flat):
        fields = pairs(flat)
        fields.pop("display_text", None)
        fields["flags"] = set(fields.get("flags", []))
        fields["arguments"] = [argument(inner) for inner in fields.get("arguments", [])]
        return fields

    return [argument(flat) for flat in entry.get("arguments", [])]


def reference():
    with REFERENCE.open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return {row["name"].lower().replace(" ", "|"): row for row in rows if row["present_in"] != "valkey"}


# ---- against the reference


def test_no_command_of_the_issue_is_missing(node):
    def is_now(row):
        words = row["name"].split(" ")
        return row["group"] in GROUPS_NOW and not row["scope"].startswith("out") and not {
            row["name"], words[0]
        } & LATER  # fmt: skip

    wanted = {name for name, row in reference().items() if is_now(row)}
    assert len(wanted) > 130
    assert wanted - set(infos(node)) == set()


def test_every_command_is_one_of_the_reference_with_its_arity_flags_and_categories(node):
    rows = reference()
    for name, info in infos(node).items():
        row = rows[name]
        flags = set(filter(None, row["flags"].split(",")))
        shown = {FLAG_NAMES.get(flag, flag.lower()) for flag in flags - HIDDEN_FLAGS}
        assert (name, info["arity"]) == (name, int(row["arity"]))
        # Whether keys are hard to find follows from where they are, which the next test holds against a server.
        assert (name, info["flags"] - {"movablekeys"}) == (name, shown - {"movablekeys"})
        assert (name, info["flags"] & {"write", "readonly"}) == (name, {row["rw"]} - {"-"})

        categories = set(filter(None, row["acl_categories"].lower().split(",")))
        categories.add("fast" if "FAST" in flags else "slow")
        categories |= {"read"} if "READONLY" in flags else set()
        categories |= {flag.lower() for flag in flags & {"WRITE", "ADMIN", "PUBSUB", "BLOCKING"}}
        categories |= {"dangerous"} if "ADMIN" in flags else set()
        assert (name, info["categories"]) == (name, {"@" + category for category in categories})


def test_every_command_is_documented_as_in_the_reference(node):
    rows, entries = reference(), docs(node)
    assert set(entries) == set(infos(node))
    for name, entry in entries.items():
        row = rows[name]
        assert entry["summary"] and entry["complexity"], name
        assert (name, entry["since"]) == (name, row["since"])
        assert (name, entry["group"]) == (name, row["group"].replace("_", "-"))
        assert (name, entry.get("deprecated_since", "")) == (name, row["deprecated_since"])
        assert (name, entry.get("replaced_by", "").replace("`", "")) == (name, row["replaced_by"])
        assert ("deprecated" in entry.get("doc_flags", [])) == bool(row["deprecated_since"]), name


def test_summaries_are_short_and_all_different(node):
    summaries = {
        name: entry["summary"] for name, entry in docs(node).items() if not name.endswith("|help")
    }
    assert max(map(len, summaries.values())) <= 80
    assert not [summary for summary in summaries.values() if summary.endswith(".")]
    same = {"getrange", "substr"}  # they are the same command
    assert len(set(summaries.values())) == len(summaries) - len(same) + 1


# ---- beside a real redis-server


def test_command_info_is_that_of_redis(redis_server, node):
    theirs, ours = infos(redis_server), infos(node)
    assert set(ours) - set(theirs) == ADDED_IN_7_2 | ADDED_IN_7_4
    differ = {
        name: [(field, value) for field, value in ours[name].items() if value != theirs[name][field]]
        for name in set(ours) & set(theirs)
    }
    assert {name: differences for name, differences in differ.items() if differences} == {
        name: seen if isinstance(seen, list) else [seen] for name, seen in INFO_OF_7_2.items()
    }


def test_command_docs_are_those_of_redis_but_for_the_prose(redis_server, node):
    prose = {"summary", "complexity", "history", "arguments", "subcommands"}
    theirs, ours = docs(redis_server), docs(node)
    differ = {
        name: {f: v for f, v in ours[name].items() if f not in prose and v != theirs[name].get(f)}
        for name in set(ours) & set(theirs)
    }
    assert {name: differences for name, differences in differ.items() if differences} == DOCS_OF_7_2
    for name in differ:  # nor do we leave anything out
        assert set(theirs[name]) - set(ours[name]) <= {"history"}, name


def test_the_arguments_of_a_command_are_those_of_redis(redis_server, node):
    theirs, ours = docs(redis_server), docs(node)
    common = set(ours) & set(theirs)
    differ = {name for name in common if arguments(ours[name]) != arguments(theirs[name])}
    assert differ == SYNTAX_OF_7_2


def test_arguments_that_are_shown_have_a_text_to_show(node):
    def check(name, tree):
        for flat in tree:
            fields = pairs(flat)
            is_group = fields["type"] in ("oneof", "block")
            assert is_group == ("arguments" in fields), name
            assert is_group == ("display_text" not in fields), name
            check(name, fields.get("arguments", []))

    for name, entry in docs(node).items():
        check(name, entry.get("arguments", []))


CALLS = [
    "get a", "GET a b", "get", "mget a b c", "mset a 1 b", "mset a 1 b 2", "copy a b", "rename a b",
    "renamenx a b", "lcs a b", "set a", "set a b", "set a b gEt", "set a b ex 1 get", "del a b",
    "object freq a", "object help", "object nope a", "object", "memory usage a", "watch a b",
    "subscribe a", "ssubscribe a", "spublish a b", "ping x", "nope a", "scan 0", "getex a",
    "client nope", "command getkeys get a", "setrange a 1 b", "getdel a", "unlink a a", "msetnx a 1",
    "sort a", "sort a by store store b", "sort a limit 1 2 store b get store", "sort_ro a get b*",
]  # fmt: skip


@pytest.mark.parametrize("subcommand", ["GETKEYS", "GETKEYSANDFLAGS"])
def test_the_keys_of_a_call_are_those_that_redis_finds(redis_server, node, subcommand):
    def answer(client, call):
        try:
            return client.call("COMMAND", subcommand, *call.split(" "))
        except CommandError as error:
            return str(error)

    with client_of(redis_server) as theirs, client_of(node) as ours:
        for call in CALLS:
            if " " in call:  # 7.0 wants two words at least
                assert answer(ours, call) == answer(theirs, call), call


@pytest.mark.parametrize(
    "words",
    [
        "COMMAND HELP", "COMMAND nope", "COMMAND COUNT x", "COMMAND LIST nope", "COMMAND LIST FILTERBY",
        "COMMAND LIST FILTERBY MODULE", "COMMAND LIST FILTERBY nope x", "COMMAND GETKEYS",
        "COMMAND LIST FILTERBY MODULE x", "COMMAND LIST FILTERBY ACLCAT nope",
        "COMMAND LIST FILTERBY PATTERN x FILTERBY PATTERN y", "COMMAND LIST FILTERBY PATTERN Ech*",
        "COMMAND LIST FILTERBY ACLCAT Transaction", "COMMAND LIST FILTERBY ACLCAT pubsub",
        "COMMAND INFO nope", "COMMAND INFO client|list|x get|x", "COMMAND INFO CLIENT|LIST nope ping",
        "COMMAND DOCS nope client|list|x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("protocol", [2, 3])
def test_command_answers_as_redis_does(redis_server, node, words, protocol):
    def answer(server):
        with client_of(server) as client:
            client.call("HELLO", protocol)
            try:
                found = text(client.call(*words.split(" ")))
            except CommandError as error:
                return str(error)
        return sorted(found) if " LIST " in words else found

    assert answer(node) == answer(redis_server)


def test_a_renamed_command_is_found_by_its_new_name_and_listed_by_its_own(start):
    port = free_port()
    server = start(
        "--port", port, "--rename-command", "get", "fetch", "--rename-command", "set", "",
        "--rename-command", "client", "klient",
    )  # fmt: skip
    server.wait_for("Ready to accept connections")
    with Connection(port) as client:
        assert client.call("COMMAND", "INFO", "get", "set", "client|list") == [None, None, None]
        names = [row[0] for row in client.call("COMMAND", "INFO", "fetch", "klient|list")]
        assert names == [b"get", b"client|list"]
        listed = client.call("COMMAND", "LIST")
        assert b"get" in listed and b"client|list" in listed
        assert b"set" not in listed and b"fetch" not in listed


# ---- redis-cli, which shows what it read from COMMAND DOCS

# Names of arguments that 7.2 changed.
SHOWN_OF_7_2 = {
    "CLIENT KILL", "COMMAND GETKEYS", "COMMAND GETKEYSANDFLAGS", "LCS", "MIGRATE", "SORT", "SORT_RO", "XCLAIM",
    "XGROUP CREATE", "XGROUP CREATECONSUMER", "XGROUP DELCONSUMER", "XGROUP DESTROY", "XGROUP SETID", "XINFO CONSUMERS",
    "XSETID",
}  # fmt: skip


def shown_by_redis_cli(server):
    """Command -> what redis-cli shows behind its name."""
    shown = {}
    for group in sorted(GROUPS_NOW):
        said = run(program("redis-cli"), "-p", server.port, "help", "@" + group).stdout
        for name, syntax in re.findall(r"\x1b\[1m(.*?)\x1b\[0m \x1b\[90m(.*?)\x1b\[0m", said):
            shown[name] = syntax
    return shown


def test_redis_cli_shows_the_same_syntax_for_both_servers(redis_server, node):
    theirs, ours = shown_by_redis_cli(redis_server), shown_by_redis_cli(node)
    assert len(ours) > 130
    common = set(ours) & set(theirs)
    assert {name for name in common if ours[name] != theirs[name]} == SHOWN_OF_7_2
    assert ours["SET"].startswith("key value [NX|XX] [GET] [EX seconds|PX milliseconds|EXAT ")
    assert ours["LCS"] == "key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]"
