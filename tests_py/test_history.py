"""What nodes and links have been through, as a list, as a table and as a picture."""

import xml.etree.ElementTree as xml
from importlib import util

import pytest

import replserver as rs
from replserver import sim
from replserver.stream import StreamCommand, StreamReader, resume

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def pair():
    with rs.Cluster(master="m", replicas=["r"], seed=5) as c:
        yield c


def whats(history, **wanted):
    return [event.what for event in history.where(**wanted)]


def texts_of(drawn):
    return [text.text for text in drawn.iter(SVG + "text")]


def test_a_write_has_its_offsets_on_each_node(pair):
    before = pair.m.offset
    pair.m.call("SET", "k", "v")
    after = pair.m.offset
    pair.wait_in_sync()
    wrote, got = pair.history.where(command="set")
    assert (wrote.where, wrote.what, wrote.words) == ("m", "wrote", (b"SET", b"k", b"v"))
    assert (got.where, got.what, got.words) == ("r", "got", (b"SET", b"k", b"v"))
    assert (wrote.begin, wrote.end) == (got.begin, got.end)
    assert before <= wrote.begin < wrote.end == after
    assert wrote.number < got.number and wrote.db == got.db == 0


def test_the_commands_of_a_node_follow_each_other_without_a_gap(pair):
    for number in range(50):
        pair.m.call("SET", f"key:{number}", "x" * number)
        pair.m.call("INCR", "count")
    pair.wait_in_sync()
    for place in ("m", "r"):
        commands = pair.history.where(kind="command", place=place)
        assert [one.end for one in commands[:-1]] == [one.begin for one in commands[1:]]
        assert commands[-1].end == pair[place].offset
        assert len(commands.where(command="INCR")) == 50


def test_a_cut_is_told_between_the_writes_around_it(pair):
    pair.m.call("SET", "before", 1)
    pair.wait_in_sync()
    pair.link("m", "r").cut(refuse=True)
    pair.r.wait_state(10, link="connect")
    pair.m.call("SET", "after", 1)
    pair.heal()
    pair.wait_in_sync()
    history = pair.history
    (before,) = history.where(place="m", key="before")
    (cut,) = history.where(place="m-r", what="cut")
    (after,) = history.where(place="m", key="after")
    (resumed,) = history.where(what="partial sync")
    assert before.number < cut.number < after.number < resumed.number
    assert whats(history, place="r", kind="state").count("full sync") == 1  # the first one


def test_a_cut_is_told_before_what_it_brings_about(pair):
    link = pair.link("m", "r")
    for round_ in range(10):
        link.cut(at="command")
        pair.m.call("SET", "k", round_)
        link.wait_cut()
        pair.wait_in_sync()
    told = pair.history.where(place=("m-r", "r"), what=("cut", "link", "partial sync"))
    steps = [event.what if event.what != "link" else event.detail for event in told]
    first = steps.index("cut")
    kept = [step for step in steps[first:] if step in ("cut", "connect", "partial sync")]
    assert kept == ["cut", "connect", "partial sync"] * 10


def test_a_sync_beyond_the_backlog_is_a_full_one():
    with rs.Cluster(master="m", replicas=["r"], repl_backlog_size="16kb", seed=5) as c:
        c.link("m", "r").cut(refuse=True)
        for _ in range(20):
            c.m.call("SET", "k", "x" * 2000)
        c.heal()
        c.wait_in_sync()
        history = c.history
        assert whats(history, what=("full sync", "partial sync")) == ["full sync", "full sync"]
        assert len(history.where(what="unknown")) == 0


def test_a_promotion_changes_role_and_history(pair):
    pair.m.close()
    pair.promote("r")
    pair.r.call("SET", "k", "v")
    history = pair.history
    closed, role = history.where(place=("m", "r"), what=("closed", "role"))[-2:]
    assert (closed.where, role.where, role.detail) == ("m", "r", "primary")
    assert history.where(place="r", what="history")[-1].detail == pair.r.replication_id
    assert history.where(place="r", what="wrote")[-1].words == (b"SET", b"k", b"v")
    assert history.where(what="opened", place="r")[0].number < role.number


def test_a_closed_cluster_can_still_be_asked():
    with rs.Cluster(master="m", replicas=["r"], seed=5) as c:
        c.m.call("SET", "k", "v")
        c.wait_in_sync()
    history = c.history
    assert whats(history, kind="state").count("closed") == 2
    assert len(history.where(key="k")) == 2
    assert "opened" in whats(history, kind="link")


def test_times_are_those_of_a_clock_that_is_moved_by_hand():
    with rs.Cluster(master="m", replicas=["r"], clock="manual", seed=5) as c:
        c.m.call("SET", "one", 1)
        c.clock.advance(100)
        c.link("m", "r").cut(refuse=True)
        c.m.call("SET", "two", 2)
        history = c.history
        one, two = (history.where(place="m", key=key)[0].time for key in ("one", "two"))
        assert two - one == pytest.approx(100)
        assert history.where(what="cut")[0].time == pytest.approx(two)
        assert len(history.where(place="m", since=two, kind="command")) < len(history)


def test_the_oldest_events_are_dropped_and_counted():
    with rs.Cluster(master="m", replicas=0, history=10, seed=5) as c:
        for number in range(100):
            c.m.call("SET", "k", number)
        history = c.history
        assert len(history) == 10 and history.dropped >= 90
        assert history[0].number == history.dropped + 1
        assert history[-1].words[2] == b"99"
        assert "dropped" in repr(history)


def test_a_batch_larger_than_the_backlog_is_known_from_a_border_on():
    with rs.Node(history=1000, repl_backlog_size="16kb") as node:
        node.call("MULTI")
        for number in range(100):
            node.call("SET", f"key:{number}", "x" * 1000)
        node.call("EXEC")
        history = rs.History([node])
        assert len(history.where(what="unknown")) == 1
        known = history.where(what="wrote")
        assert [one.end for one in known[:-1]] == [one.begin for one in known[1:]]
        assert known[-1].end == node.offset and known[-1].words == (b"EXEC",)
        assert history.where(what="unknown")[0].end == known[0].begin


def test_a_node_without_a_journal_has_nothing_to_tell():
    with rs.Node() as node:
        node.call("SET", "k", "v")
        assert list(rs.History([node])) == []


def test_a_world_keeps_a_history_if_it_is_asked_to():
    with sim.World(seed=7, history=1000) as world:
        m = world.start("m")
        r = world.start("r", replicaof=m)
        r.wait_in_sync(timeout=5)
        link = world.link(r, m)
        link.cut()
        m.call("SET", "k", "v")
        r.wait_offset(m.offset, timeout=60)
        m.crash()
        history = world.history
        assert [event.where for event in history.where(command="SET")] == ["m", "r"]
        syncs = history.where(place=("m", "r"), what=("full sync", "partial sync", "closed"))
        assert [event.what for event in syncs] == ["full sync", "partial sync", "closed"]
        assert syncs[0].detail == "from m"
        assert syncs[0].number < history.where(what="cut")[0].number < syncs[1].number
        times = [event.time for event in history]
        assert times == sorted(times)
    with sim.World(seed=7, history=1000) as world:
        m = world.start("m")
        link = world.link(world.start("r", replicaof=m), m)
        world.run_for(10)
        link.hold()
        (held,) = world.history.where(what="held")
        assert held.time == pytest.approx(world.now) and world.history[-1] == held
    with pytest.raises(ValueError, match="keeps no history"):
        assert sim.World().history


def test_a_history_is_a_sequence_and_its_parts_are_histories(pair):
    pair.m.call("SET", "k", "v")
    history = pair.history
    assert isinstance(history[2:5], rs.History) and len(history[2:5]) == 3
    assert history[2:5][0] is history[2]
    begin = history.where(place="m", command="SET")[0].begin
    assert [event.words[0] for event in history.where(place="m", offset=begin)] == [b"SET"]
    assert str(history.where(place="m", command="SET")).startswith("m: wrote SET k v at ")


@pytest.mark.skipif(util.find_spec("pandas") is None, reason="pandas is not installed")
def test_pandas_has_a_line_for_each_event(pair):
    pair.m.call("SET", "k", "v")
    frame = pair.history.to_pandas()
    assert len(frame) == len(pair.history)
    assert list(frame[frame.what == "wrote"]["end"])[-1] == pair.m.offset


def test_without_pandas_the_error_says_what_is_missing(pair, monkeypatch):
    def no_pandas(name):
        raise ImportError(name)

    monkeypatch.setattr("replserver.history.import_module", no_pandas)
    with pytest.raises(rs.ReplserverError, match="pip install pandas"):
        pair.history.to_pandas()


# ---- the picture


def test_a_timeline_has_a_lane_for_each_node_and_shows_what_matters(tmp_path):
    with rs.Cluster(master="m", replicas=["r1", "r2"], repl_backlog_size="16kb", seed=5) as c:
        c.link("m", "r1").cut(refuse=True)
        for _ in range(20):
            c.m.call("SET", "k", "x" * 2000)
        c.heal()
        c.wait_in_sync()
        c.m.close()
        c.promote("r2", rest=True)
        c.wait_in_sync()
    timeline = c.history.timeline(title="a <story> & more")
    timeline.save(tmp_path / "story.svg")
    root = xml.parse(tmp_path / "story.svg").getroot()
    texts = texts_of(root)
    assert "a <story> & more" in texts
    assert {"m", "r1", "r2", "cut", "full sync", "partial sync", "closed", "primary"} <= set(texts)
    tips = [title.text for title in root.iter(SVG + "title")]
    assert any("bytes behind m, whose backlog holds" in tip for tip in tips)
    assert "prefers-color-scheme" in (tmp_path / "story.svg").read_text()
    xml.fromstring(timeline._repr_html_())


def test_a_timeline_takes_whatever_bytes_are_in_a_command():
    with rs.Cluster(master="m", replicas=0, seed=5) as c:
        c.m.call("SET", b"<k&\x00\xff]]>", '"\x1b[31m\ufffe')
        xml.fromstring(str(c.history.timeline()))
        xml.fromstring(c.history.timeline()._repr_html_())


def test_a_timeline_keeps_its_last_columns(pair):
    for _ in range(5):
        pair.link("m", "r").cut()
        pair.m.call("INCR", "n")
        pair.wait_in_sync()
    short = pair.history.timeline(columns=3)
    assert "3 columns" in repr(short) and "columns before" in str(short)


# ---- the stream


def test_a_stream_is_read_from_pieces_of_any_size():
    data = (
        b"*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n\n"
        b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\n\r\n\r\n*1\r\n$4\r\nPING\r\n"
    )
    for size in (1, 2, 3, 7, len(data)):
        reader, found = StreamReader(100), []
        for at in range(0, len(data), size):
            found += reader.feed(data[at : at + size])
        assert [(one.name, one.begin, one.end, one.db) for one in found] == [
            ("SELECT", 100, 123, 3),
            ("SET", 124, 152, 3),
            ("PING", 152, 166, 3),
        ]
        assert reader.left == 0


@pytest.mark.parametrize(
    "bad", [b"+OK\r\n", b"*x\r\n", b"*1\r\n:4\r\n", b"*1\r\n$4\r\nPINGxx", b"*1\r\n$" + b"1" * 50]
)
def test_a_stream_that_is_none_is_refused_with_its_place(bad):
    reader = StreamReader(100)
    with pytest.raises(rs.StreamError, match="at offset 11[4-9]|at offset 12[0-9]"):
        list(reader.feed(b"*1\r\n$4\r\nPING\r\n" + bad))


def test_a_stream_is_found_again_behind_a_lost_beginning():
    whole = b"*2\r\n$3\r\nGET\r\n$6\r\n*1\r\nxx\r\n*1\r\n$4\r\nPING\r\n"
    for lost in range(1, 26):
        reader = StreamReader(lost)
        assert [one.name for one in resume(reader, whole[lost:])] == ["PING"], lost
        assert reader.offset == len(whole)


def test_a_command_is_told_in_one_line_that_no_terminal_obeys():
    words = (b"SET", b"a key", b"", b"\x1b[31m\r\n\x00\xff", "\u00e9".encode(), b"x" * 50)
    told = str(StreamCommand(0, 1, words, None))
    cut = "x" * 40 + "...(50 bytes)"
    assert told == f'SET "a key" "" \\x1b[31m\\r\\n\\x00\\xff \u00e9 {cut}'


# ---- in a notebook


def test_a_cluster_shows_who_follows_whom_and_what_the_links_do():
    with rs.Cluster(master="m", replicas={"a": "m", "b": "a", "x": "m"}, seed=5) as c:
        c.link("m", "x").refuse()
        c.link("m", "x").cut()
        c.x.wait_state(10, link="connect")
        c.link("m", "a").hold()
        c.m.call("SET", "k", "v")
        shown = xml.fromstring(f"<div>{c._repr_html_()}</div>")
        texts = texts_of(shown)
        assert texts.count("primary") == 1 and texts.count("replica") == 3
        assert {"m", "a", "b", "x", f"history {c.m.replication_id[:8]}"} <= set(texts)
        assert {"refuses", "held up, held down", f"{c.lag('a')} bytes behind"} <= set(texts)
        c.b.close()
        assert ">closed<" in c._repr_html_()
    xml.fromstring(f"<div>{c._repr_html_()}</div>")


def test_a_node_a_link_a_history_and_a_trace_show_themselves(pair):
    pair.m.call("SET", "k", "<b>&")
    pair.wait_in_sync()
    for one in (pair.m, pair.r, pair.link("m", "r"), pair.history):
        xml.fromstring(f"<div>{one._repr_html_()}</div>")
    shown = xml.fromstring(f"<div>{pair.r._repr_html_()}</div>")
    texts = texts_of(shown)
    assert "m" in texts and "r" in texts and "connected" in texts
    assert "<svg" not in rs.Node()._repr_html_()  # it stands alone
    assert ">payload</td>" in pair.link("m", "r")._repr_html_()
    with rs.record(pair.m) as recording:
        assert ">whole<" in recording.trace._repr_html_()
    pair.link("m", "r").close()
    assert "closed" in pair.link("m", "r")._repr_html_()


def test_a_world_and_its_nodes_show_themselves():
    with sim.World(seed=7) as world:
        m = world.start("m")
        r = world.start("r", replicaof=m)
        r.wait_in_sync(timeout=5)
        world.start("gone").stop()
        shown = xml.fromstring(world._repr_html_())
        texts = texts_of(shown)
        assert {"m", "r", "gone", "primary", "replica", "closed", "0 bytes behind"} <= set(texts)
        for node in (m, r, world.start("alone")):
            xml.fromstring(f"<div>{node._repr_html_()}</div>")
        r.stop()
        assert "closed" in r._repr_html_()


def test_a_server_that_is_not_ours_shows_itself():
    with rs.Cluster(master=rs.external("redis-server", name="m"), replicas=["r"], seed=5) as c:
        for one in (c, c.m, c.r, c.history):
            xml.fromstring(f"<div>{one._repr_html_()}</div>")
        assert ">primary<" in c.m._repr_html_() and c.m.call("ROLE")[1] == c.r.replication.offset
