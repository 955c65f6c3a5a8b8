"""Replication streams that are recorded, kept in files and sent again: ours and Redis', to both."""

import signal
import socket
from random import Random

import pytest

import replserver as rs
from harness import REPLSERVER, Connection, Process, free_port, run, wait_until
from replserver import sim
from replserver.workload import some_write


@pytest.fixture(params=["ours", "redis"])
def server(request):
    """A primary, and another one of its kind."""
    if request.param == "ours":
        with rs.Node() as one, rs.Node() as other:
            yield one, other
    else:
        with rs.external("redis-server") as one, rs.external("redis-server") as other:
            yield one, other


def write(node, count, seed=1):
    random = Random(seed)
    for _ in range(count):
        try:
            node.call(*some_write(random))
        except rs.CommandError:
            pass  # a key that the chance has not made


def recorded(node, *writes):
    with rs.record(node) as recording:
        for words in writes:
            node.call(*words)
        recording.wait_offset(node.offset)
        return recording.trace


def test_a_trace_has_the_data_and_then_each_command_with_its_offsets(server):
    one, _ = server
    one.call("SET", "before", 1)
    with rs.record(one) as recording:
        begin = recording.offset
        one.call("SET", "k", "v")
        one.call("SELECT", 3)
        one.call("RPUSH", "list", "a", "b")
        one.call("SELECT", 0)
        recording.wait_offset(one.offset)
        trace = recording.trace
    assert [(record.key, record.value) for record in trace.records] == [(b"before", b"1")]
    assert trace.offset == begin and trace.end == one.offset and trace.is_whole
    assert trace.history == one.replication_id
    writes = [command for command in trace if command.is_write]
    assert [(each.words, each.db) for each in writes] == [
        ((b"SET", b"k", b"v"), 0),
        ((b"RPUSH", b"list", b"a", b"b"), 3),
    ]
    commands = list(trace)
    assert commands[0].begin == begin and commands[-1].end == one.offset
    assert [each.end for each in commands[:-1]] == [each.begin for each in commands[1:]]
    assert trace.begun <= writes[0].time <= writes[1].time <= trace.begun + trace.seconds


def test_a_replay_gives_another_server_the_same_data_at_the_same_offset(server):
    one, other = server
    write(one, 200)
    other.call("SET", "of its own", "is replaced")
    with rs.record(one) as recording:
        write(one, 300, seed=2)
        recording.wait_offset(one.offset)
        trace = recording.trace
    done = rs.replay(trace, against=other)
    assert done.offset == trace.end and done.bytes == trace.end - trace.offset
    # A key's time may have come on one side, and not yet on the other one.
    wait_until(lambda: one.digest() == other.digest(), "the same data")
    assert other.replication.role == "primary" and other.replication.former_id == trace.history
    assert other.call("EXISTS", "of its own") == 0


def test_what_redis_wrote_is_replayed_to_us_and_back():
    with rs.external("redis-server") as redis_one, rs.Node() as ours:
        trace = recorded(redis_one, ("SET", "k", "v"), ("HSET", "h", "f", 1), ("INCR", "n"))
        rs.replay(trace, against=ours)
        assert ours.digest() == redis_one.digest()
        again = recorded(ours, ("SADD", "s", "a", "b"))
        with rs.external("redis-server") as redis_two:
            rs.replay(again, against=redis_two)
            assert redis_two.digest() == ours.digest()


def test_a_client_replays_the_commands_alone(server):
    one, other = server
    one.call("SET", "before", 1)
    other.call("SET", "of its own", "stays")
    trace = recorded(one, ("SET", "k", "v"), ("RPUSH", "l", "a"), ("INCR", "n"))
    done = rs.replay(trace, against=other, how="client")
    assert done.error_count == 0
    assert other.call("GET", "k") == b"v" and other.call("LRANGE", "l", 0, -1) == [b"a"]
    assert other.call("EXISTS", "of its own") == 1 and other.call("EXISTS", "before") == 0
    other.call("DEL", "k")
    other.call("RPUSH", "k", "a list")
    other.call("SET", "l", "a text")
    again = rs.replay(trace, against=other, how="client")
    assert again.error_count == 1 and again.errors[0].startswith("WRONGTYPE")


def test_a_world_takes_a_clients_replay():
    with rs.Node() as one:
        trace = recorded(one, ("SET", "k", "v"), ("INCR", "n"))
    with sim.World(seed=1) as world:
        node = world.start("n")
        assert rs.replay(trace, against=node, how="client").error_count == 0
        assert node.call("GET", "k") == b"v" and node.call("GET", "n") == b"1"
        with pytest.raises(ValueError, match="how='client'"):
            rs.replay(trace, against=node)
        with pytest.raises(TypeError, match="world.history"):
            rs.record(node)


def test_the_recorded_times_are_those_of_a_clock_moved_by_hand_and_move_another_one():
    with rs.Node(clock="manual") as one, rs.Node(clock="manual") as other:
        with rs.record(one) as recording:
            one.call("SET", "k", "v")
            recording.wait_offset(one.offset)
            one.advance(30)
            one.call("SET", "k", "later")
            recording.wait_offset(one.offset)
            trace = recording.trace
        assert trace.seconds == pytest.approx(30)
        begun = other.time
        rs.replay(trace, against=other, pace="clock")
        assert other.time - begun == pytest.approx(30)
        assert other.call("GET", "k") == b"later"


def test_a_recorded_pace_takes_the_recorded_time():
    with rs.Node(clock="manual") as one, rs.Node() as other:
        with rs.record(one) as recording:
            one.call("SET", "k", 1)
            recording.wait_offset(one.offset)
            one.advance(20)
            one.call("SET", "k", 2)
            recording.wait_offset(one.offset)
        done = rs.replay(recording.trace, against=other, pace="recorded", speed=400)
        assert done.seconds >= 20 / 400 and other.call("GET", "k") == b"2"


def test_a_recording_goes_on_from_a_position(server):
    one, _ = server
    with rs.record(one) as first:
        one.call("SET", "k", 1)
        first.wait_offset(one.offset)
        begun = first.trace
    one.call("SET", "k", 2)
    with rs.record(one, position=(begun.history, begun.end)) as second:
        second.wait_offset(one.offset)
        rest = second.trace
    assert rest.offset == begun.end and not rest.has_data
    assert [each.words for each in rest if each.is_write] == [(b"SET", b"k", b"2")]
    with pytest.raises(ValueError, match="no data to begin with"):
        rs.replay(rest, against=one)


def test_a_trace_is_kept_in_a_file(tmp_path):
    with rs.Node() as one:
        trace = recorded(one, ("SET", "k", b"\x00\r\n\xff"))
        trace.save(tmp_path / "one.trace")
        with rs.record(one, tmp_path / "two.trace") as recording:
            one.call("SET", "k", "v")
            recording.wait_offset(one.offset)
    loaded = rs.Trace.load(tmp_path / "one.trace")
    assert list(loaded) == list(trace) and loaded.payload == trace.payload
    assert [each.words for each in rs.Trace(tmp_path / "two.trace")][-1] == (b"SET", b"k", b"v")


def test_a_trace_that_was_cut_short_is_read_up_to_there(tmp_path):
    with rs.Node() as one:
        trace = recorded(one, ("SET", "k", 1), ("SET", "k", 2))
    trace.save(tmp_path / "whole.trace")
    content = (tmp_path / "whole.trace").read_bytes()
    header = content.index(b"\n") + 1
    for size in range(header, len(content)):
        part = rs.Trace(content[:size])
        assert not part.is_whole and "cut short" in repr(part)
        assert list(part) == list(trace)[: len(list(part))]


BEGIN = b'{"replserver-trace": 1, "history": "a", "offset": 0}\n'


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "at byte 0: no trace"),
        (b"REDIS0011", "at byte 0: no trace"),
        (b'{"replserver-trace": 2, "history": "a", "offset": 0}\n', "of version 2"),
        (b'{"replserver-trace": 1, "offset": 0}\n', "its history or its offset is missing"),
        (b'{"replserver-trace": 1, "history": "a", "offset": true}\n', "its offset is missing"),
        (b'{"replserver-trace": 1, "history": "a\\r\\nb", "offset": 0}\n', "no trace begins with"),
        (b'{"replserver-trace": 1, "history": "a", "offset": -1}\n', "no trace begins with"),
        (b'{"replserver-trace": 1, "history": "a", "offset": 0, "begun": "x"}\n', "begun 'x'"),
        (b"[" * 60_000, "at byte 0: no trace"),
        (BEGIN + b"X 1 2\n", "at byte 53: b'X 1 2"),
        (BEGIN + b"D 1.0 -5\nabcde", "at byte 53: b'D 1.0 -5"),
        (BEGIN + b"D nan 3\nabc", "at byte 53: b'D nan 3"),
        (BEGIN + b"S 1.0 0 99999999999999999999\nabc", "at byte 53: b'S 1.0 0 999"),
        (BEGIN + b"E 1.0 0 7\n", "at byte 53: b'E 1.0 0 7"),
        (BEGIN + b"S" * 70_000, "at byte 53: b'SSS"),
        (BEGIN + b"S 1.0 5 1\nx", "at byte 53: the stream jumps from offset 0 to 5"),
        (BEGIN + b"E 1.0 5\n", "jumps from offset 0 to 5"),
        (BEGIN + b"S 1.0 0 3\n+OK", "at offset 0"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_no_trace_is_refused_with_its_place(content, told):
    with pytest.raises((rs.TraceError, rs.StreamError), match=told):
        list(rs.Trace(content))


def test_a_recording_ends_with_its_source_and_keeps_what_it_has():
    with rs.Node() as one:
        recording = rs.record(one)
        one.call("SET", "k", "v")
        recording.wait_offset(one.offset)
    assert recording.wait_ended(timeout=10)
    assert recording.trace.is_whole
    assert list(recording.trace)[-1].words == (b"SET", b"k", b"v")


def test_who_is_no_primary_is_told_apart():
    with pytest.raises(rs.ClosedError, match="refused"):
        rs.record(("127.0.0.1", free_port()))
    with rs.Node(requirepass="secret") as one:
        with pytest.raises(rs.ReplserverError, match="NOAUTH"):
            rs.record(("127.0.0.1", one.port))
        assert recorded(one, ("SET", "k", "v")).end == one.offset  # a node's password is known
    with rs.Node() as lost:
        lost.replicate(("127.0.0.1", free_port()))
        with pytest.raises(rs.ReplserverError, match="NOMASTERLINK"):
            rs.record(lost)


def test_a_server_with_a_password_is_replayed_to_and_may_stay_a_replica():
    with rs.Node() as one, rs.Node(requirepass="secret", masterauth="whatever") as other:
        trace = recorded(one, ("SET", "k", "v"))
        address = ("127.0.0.1", other.port)
        rs.replay(trace, against=address, password="secret", promote=False)
        assert other.replication.role == "replica" and other.replication_id == trace.history
        assert other.offset == trace.end and other.digest() == one.digest()
        rs.replay(trace, against=address, password="secret")
        assert other.replication.role == "primary"


def test_a_server_on_another_address_is_told_where_it_reaches_us():
    with rs.Node() as one, rs.Node(bind="::1") as other:
        rs.replay(recorded(one, ("SET", "k", "v")), against=other, promote=False)
        assert other.replication.primary[0] == "::1"


def test_a_replay_that_fails_leaves_a_primary():
    with rs.Node() as one:
        trace = recorded(one, ("SET", "k", "v"))
        begin = BEGIN.replace(b'"a"', b'"%s"' % (b"a" * 40))
        data = b"D 1.0 %d\n%s" % (len(trace.payload), trace.payload)
        with pytest.raises(rs.StreamError, match="at offset 0"):
            rs.replay(rs.Trace(begin + data + b"S 1.0 0 3\n+OK"), against=one)
        assert one.replication.role == "primary"

        one.call("SET", "k", "stays")
        with pytest.raises(rs.TraceError, match="jumps from offset 0 to 7"):
            rs.replay(rs.Trace(begin + data + b"S 1.0 7 0\n"), against=one)
        with pytest.raises(ValueError, match="cut short within its data"):
            rs.replay(rs.Trace(begin + data), against=one)
        assert one.call("GET", "k") == b"stays"


def test_a_clients_replay_counts_the_errors_in_a_transaction_too():
    with rs.Node() as one, rs.Node() as other:
        with rs.record(one) as recording:
            for words in (("MULTI",), ("RPUSH", "k", "a"), ("INCR", "n"), ("EXEC",)):
                one.call(*words)
            recording.wait_offset(one.offset)
        other.call("SET", "k", "a text")
        done = rs.replay(recording.trace, against=other, how="client")
        assert done.error_count == 1 and done.errors[0].startswith("WRONGTYPE")
        assert other.call("GET", "n") == b"1"


def test_what_passes_a_link_is_recorded():
    with rs.Node() as one, rs.Link(one) as link, rs.record(link) as recording:
        one.call("SET", "k", "v")
        recording.wait_offset(one.offset)
        link.hold()
        one.call("SET", "k", "later")
        with pytest.raises(rs.WaitTimeout, match="recorded up to"):
            recording.wait_offset(one.offset, timeout=0)
        link.release()
        recording.wait_offset(one.offset)


def test_a_recording_is_bounded():
    with rs.Node() as one:
        recording = rs.record(one, bytes_max=10_000)
        one.call("SET", "k", "x" * 20_000)
        assert recording.wait_ended(timeout=10)
        with pytest.raises(rs.ReplserverError, match="more than 10000 bytes"):
            recording.close()


def test_a_wait_is_acknowledged_at_once(server, monkeypatch):
    one, _ = server
    with rs.record(one), Connection(one.port) as client:
        client.call("SET", "k", "first")
        client.call("WAIT", 1, 0)  # until its primary knows that it has its data
        monkeypatch.setattr("replserver.recording._ACK_SECONDS", 3600)  # unless it is asked
        for number in range(3):
            client.call("SET", "k", number)
            assert client.call("WAIT", 1, 0) == 1


def test_an_earlier_recording_is_kept_if_there_is_nothing_to_record(tmp_path):
    path = tmp_path / "run.trace"
    path.write_text("an earlier one")
    with pytest.raises(rs.ClosedError):
        rs.record(("127.0.0.1", free_port()), path)
    assert path.read_text() == "an earlier one"


def test_a_disk_that_is_full_ends_a_recording_with_an_error():
    with rs.Node() as one:
        with pytest.raises(rs.ReplserverError, match="/dev/full: No space left"):
            rs.record(one, "/dev/full")


# ---- as programs


INTERRUPTIBLE = ["env", "--default-signal=INT", *REPLSERVER]


def test_the_program_records_and_replays(tmp_path):
    path = tmp_path / "run.trace"
    replay = (*REPLSERVER, "replay", path)
    with rs.Node() as one, rs.Node() as other:
        one.call("SET", "before", 1)
        recorder = Process([*INTERRUPTIBLE, "record", f"127.0.0.1:{one.port}", path], tmp_path)
        recorder.wait_for("recording 127.0.0.1:")
        one.call("SET", "k", "v")
        wait_until(lambda: b"$1\r\nv" in path.read_bytes(), "the write in the file")
        recorder.signal(signal.SIGINT)
        assert recorder.wait() == 0 and "replserver.Trace" in recorder.text, recorder.text

        assert "\tSET k v\n" in run(*replay).stdout
        assert "commands" in run(*replay, f"127.0.0.1:{other.port}").stdout
        assert other.digest() == one.digest()
        assert "HOST:PORT, not 'nowhere'" in run(*replay, "nowhere", check=False).stderr
        assert "HOST:PORT, not '[::1]:70000'" in run(*replay, "[::1]:70000", check=False).stderr
        first = run("sh", "-c", '"$@" | head -n 1', "sh", *replay)
        assert "replserver.Trace" in first.stdout and first.stderr == ""


def test_the_program_can_be_interrupted_before_there_is_anything_to_record(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = f"127.0.0.1:{silent.getsockname()[1]}"
        recorder = Process([*INTERRUPTIBLE, "record", where, tmp_path / "run.trace"], tmp_path)
        with silent.accept()[0]:
            recorder.signal(signal.SIGINT)
            assert recorder.wait() == 130 and recorder.text == ""
    assert not (tmp_path / "run.trace").exists()
