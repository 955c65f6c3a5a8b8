"""The directives, beside a real redis-server: the same names, defaults, answers and values.

The peer is Debian's redis-server 7.0. What 7.2 and this server have beyond it, or differently, is
named here and nowhere else.
"""

import csv
import re
from pathlib import Path

import pytest
import redis

ROOT = Path(__file__).parent.parent
REFERENCE = Path(__file__).parent / "reference" / "config.tsv"

# Redis 7.2 and later have them, 7.0 does not.
SINCE_7_2 = {
    "aof-rewrite-cpulist",
    "bgsave-cpulist",
    "bio-cpulist",
    "cluster-announce-human-nodename",
    "hide-user-data-from-log",
    "locale-collate",
    "max-new-connections-per-cycle",
    "max-new-tls-connections-per-cycle",
    "server-cpulist",
    "set-max-listpack-entries",
    "set-max-listpack-value",
}
HIDDEN_SINCE_7_2 = {"aof-disable-auto-gc"}
OURS = {"compat", "rdb-save-version", "repl-history-from-start", "snapshot-cpu-share"}

# Defaults that differ on purpose.
OUR_DEFAULTS = {"repl-diskless-load": "swapdb", "repl-diskless-sync-delay": "0"}

# What a fixture sets for itself, or what depends on the place it runs in.
PER_SERVER = {
    "bind", "daemonize", "dir", "enable-debug-command", "enable-module-command",
    "enable-protected-configs", "logfile", "loglevel", "pidfile", "port", "protected-mode",
    "replicaof", "save", "slaveof", "unixsocket",
}  # fmt: skip


def client_of(server):
    return redis.Redis(host="127.0.0.1", port=server.port, decode_responses=True)


@pytest.fixture
def theirs(redis_server):
    """A client of the shared redis-server, which gets its configuration back afterwards."""
    client = client_of(redis_server)
    before = client.config_get("*")
    yield client
    for name, value in client.config_get("*").items():
        if value != before[name]:
            client.config_set(name, before[name])
    client.close()


@pytest.fixture
def ours(node):
    client = client_of(node)
    yield client
    client.close()


def answer(client, *words):
    try:
        reply = client.execute_command(*words)
    except redis.ResponseError as error:
        return f"-{error}"
    return reply if isinstance(reply, (str, bool)) else list(reply.items() if reply else ())


def test_config_get_finds_the_names_of_redis_and_a_few_more(theirs, ours):
    names, ours_names = set(theirs.config_get("*")), set(ours.config_get("*"))
    assert names - ours_names == HIDDEN_SINCE_7_2
    assert ours_names - names == SINCE_7_2 | OURS


def test_defaults_are_those_of_redis(theirs, ours):
    expected = {**theirs.config_get("*"), **OUR_DEFAULTS}
    values = ours.config_get("*")
    compared = set(expected) - PER_SERVER - HIDDEN_SINCE_7_2
    assert {n: values[n] for n in compared} == {n: expected[n] for n in compared}


def test_every_directive_of_the_reference_is_known(ours):
    spelled = {"primaryauth": "masterauth", "primaryuser": "masteruser"}  # Valkey's names
    with REFERENCE.open() as file:
        for row in csv.DictReader(file, delimiter="\t"):
            name = spelled.get(row["name"], row["name"])
            if row["present_in"] != "valkey" and row["type"] != "directive":
                assert name in ours.config_get(name), name


# Each is set on both, by itself, on top of the earlier ones: the same answer, then the same value.
SETTINGS = [
    ("timeout", "abc", "-1", "99999999999", "99999999999999999999", "+1", " 1", "00", "", "5", "0"),
    ("maxmemory", "abc", "-1", "1gb", "10B", "1k", "1.5gb", "0x10", "+1", "18446744073709551615",
     "0"),
    ("maxmemory-clients", "5%", "101%", "-5%", "-5", "0%", "abc%", "abc", "5gb", "0"),
    ("appendfsync", "maybe", "ALWAYS", "everysec"),
    ("lazyfree-lazy-expire", "maybe", "YES", "no"),
    ("maxmemory-policy", "foo", "ALLKEYS-LRU", "noeviction"),
    ("databases", "3"),
    ("dir", "/tmp"),
    ("dbfilename", "x.rdb"),
    ("slave-read-only", "no", "yes"),
    ("key-load-delay", "3", "0"),
    ("notify-keyspace-events", "KEA", "KEg$lshzxetdmn", "nK", "KEAm", "Kgd", "Kg$lshzxetd", "q",
     ""),
    ("save", "900 1 300", "900 1 300 10", "a b", "-1 2", "0 2", "1 -2", "  900   1  ", '"900" 1',
     ""),
    ("client-output-buffer-limit", "normal 1mb 2mb 3", "replica 1mb 1kb 10",
     "slave 2mb 1kb 10 pubsub 1 2 3", "foo 2mb 1kb 10", "master 1 1 1", "normal 2mb 1kb",
     "normal 2mb 1kb abc", "normal -1 1 2", ""),
    ("oom-score-adj-values", "1 2", "1 2 3", "1 2 3000", "1 2 x", "0 200 800"),
    ("latency-tracking-info-percentiles", "50 99.9999 100 0", "101", "abc", "50.100 1e1", "",
     "50 99 99.9"),
    ("shutdown-on-sigterm", "save force", "save nosave", "force now save", "default save", "foo",
     "", "default"),
    ("bind", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"),
    ("replicaof", "1 2"),
    ("rename-command", "a b"),
    ("user", "a on"),
    ("client-query-buffer-limit", "1", "2mb", "1gb"),
    ("slowlog-log-slower-than", "-2", "-1", "10000"),
    ("hz", "1000", "0", "10"),
    ("list-max-listpack-size", "-2147483649", "-5", "-2"),
    ("proto-max-bulk-len", "1", "512mb"),
    ("proc-title-template", "{foo}", "{title", ""),
    ("repl-backlog-size", "0", "1", "1mb"),
    ("maxclients", "0"),
    ("tls-port", "99999"),
    ("cluster-announce-hostname", "a b", "a-1.b", ""),
    ("hash-max-listpack-entries", "1k", "512"),
    ("hash-max-ziplist-value", "1k", "64"),
    ("enable-debug-command", "yes"),
    ("repl-diskless-load", "swapdb", "always", "disabled"),
    ("nope", "1"),
]  # fmt: skip


@pytest.mark.parametrize(
    "name, values", [(n, v) for n, *v in SETTINGS], ids=[setting[0] for setting in SETTINGS]
)
def test_config_set_answers_as_redis_does(theirs, ours, name, values):
    for value in values:
        words = ("CONFIG", "SET", name, value)
        assert answer(ours, *words) == answer(theirs, *words), value
        if name not in PER_SERVER - {"save"}:
            assert ours.config_get(name) == theirs.config_get(name), value


@pytest.mark.parametrize(
    "words",
    [
        ("timeout", "1", "timeout", "2"),
        ("timeout", "1", "nope", "2"),
        ("timeout", "abc", "nope", "2"),
        ("timeout", "1", "databases", "2"),
        ("databases", "2", "nope", "1"),
        ("timeout", "1", "tcp-keepalive", "abc"),
        ("timeout", "1", "tcp-keepalive"),
        ("slave-priority", "100", "replica-priority", "100"),
    ],
)
def test_config_set_of_several_is_all_or_nothing(theirs, ours, words):
    assert answer(ours, "CONFIG", "SET", *words) == answer(theirs, "CONFIG", "SET", *words)
    assert ours.config_get("timeout") == theirs.config_get("timeout") == {"timeout": "0"}


@pytest.mark.parametrize(
    "pattern", ["SLAVE-READ-ONLY", "slave*", "key-load*", "[t]imeou?", "max*", "", "zz*"]
)
def test_config_get_finds_what_redis_finds(theirs, ours, pattern):
    beyond = SINCE_7_2 | OURS | PER_SERVER
    answers = [client.config_get(pattern) for client in (theirs, ours)]
    expected, found = [{n: v for n, v in a.items() if n not in beyond} for a in answers]
    assert found == expected


# ---- no server needed


def rows(source, pattern):
    text = "".join(p.read_text() for p in sorted((ROOT / "cpp/node").glob(source)))
    return set(re.findall(pattern, text))


def code(*but):
    """What all sources say, except for those of the node's room whose name begins so."""
    sources = [p for folder in ("cpp", "python") for p in (ROOT / folder).rglob("*.[hc]pp")]
    kept = [p for p in sources if not (p.parent.name == "node" and p.name.startswith(but))]
    return "".join(p.read_text() for p in kept)


def test_no_directive_is_ignored_in_silence():
    """Each is read somewhere, or stands in the list of those that have no effect yet."""
    directives = rows("config_rows_*.cpp", r'(?m)^    \{"([a-z-]+)", "[a-z_-]*",')
    not_yet = rows("config_not_yet.cpp", r'\{"([a-z-]+)",')
    assert len(directives) > 180 and not_yet < directives

    text = code("config")
    by_config_itself = {"cluster-enabled", "enable-protected-configs"}
    by_another_name = {"client-output-buffer-limit": "output_limit"}
    members = {name: by_another_name.get(name, name.replace("-", "_")) for name in directives}

    effective = directives - not_yet - by_config_itself
    unread = {n for n in effective if not re.search(rf'(\.|->){members[n]}\b|"{n}"', text)}
    assert unread == set(), "read them, or give the reason in config_not_yet.cpp"
    text = code("config", "info")  # to be told by INFO is no effect
    read = {n for n in not_yet if re.search(rf"config(_|\(\))?(\.|->){members[n]}\b(?!\()", text)}
    assert read == set(), "they have an effect now: take them out of config_not_yet.cpp"
