"""Hashes whose fields expire; on sockets and in virtual time (harness_cluster.py)."""


def test_expired_fields_go_without_being_asked_for(cluster):
    node = cluster.start("node")
    client = node.client()
    for i in range(100):
        client.call("HSET", "h", f"f{i}", "v")
        client.call("HPEXPIRE", "h", 1000 + i, "FIELDS", 1, f"f{i}")
    client.call("HSET", "h", "stays", "v")
    client.call("HSET", "goes", "f", "v")
    client.call("HPEXPIRE", "goes", 1000, "FIELDS", 1, "f")
    for _ in range(20):
        cluster.advance(1)
    assert client.call("HLEN", "h") == 1
    assert client.call("EXISTS", "goes") == 0
    assert node.info.expired_subkeys == 101


def test_a_subscriber_hears_of_fields_that_expire(cluster):
    node = cluster.start("node")
    client, subscriber = node.client(), node.client()
    client.call("CONFIG", "SET", "notify-keyspace-events", "KA")
    subscriber.call("SUBSCRIBE", "__keyspace@0__:h")
    client.call("HSET", "h", "f", "v")
    client.call("HPEXPIRE", "h", 1000, "FIELDS", 1, "f")
    for _ in range(20):
        cluster.advance(1)
    told = [subscriber.read_reply()[2] for _ in range(4)]
    assert told == [b"hset", b"hexpire", b"hexpired", b"del"]


def test_looking_at_what_does_not_change_leaves_a_watch_alone(cluster):
    node = cluster.start("node")
    mine, other = node.client(), node.client()
    mine.call("HSET", "h", "f", "v")
    mine.call("WATCH", "h")
    other.call("HDEL", "h", "missing")
    other.call("HPERSIST", "h", "FIELDS", 1, "f")
    other.call("HEXPIRE", "h", 10, "XX", "FIELDS", 1, "f")
    mine.call("MULTI")
    mine.call("HGET", "h", "f")
    assert mine.call("EXEC") == [b"v"]
