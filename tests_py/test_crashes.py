"""Crashes, full and broken disks, at every operation on a file: the old data or the new, whole.

In virtual time, on disks that forget what was not synced.
"""

import pytest

from replserver import CommandError, StartError, sim

OLD, NEW = 300, 700


def world_with_a_file(seed):
    """A node with OLD keys in its file, and NEW ones in memory."""
    world = sim.World(seed=seed)
    node = world.start("node", enable_debug_command="yes")
    node.call("DEBUG", "POPULATE", OLD, "key", 900)
    node.call("SAVE")
    node.call("DEBUG", "POPULATE", NEW, "key", 900)
    return world, node


def operations_of_a_save():
    world, node = world_with_a_file(1)
    before = node.disk.operations
    node.call("SAVE")
    return node.disk.operations - before


@pytest.mark.parametrize("seed", range(10))
def test_a_crash_at_any_operation_leaves_one_of_both_files_whole(seed):
    count = operations_of_a_save()
    assert count >= 4  # made, written, synced, renamed
    for operation in range(count + 1):
        world, node = world_with_a_file(seed)
        node.disk.crash_at(node.disk.operations + operation)
        node.call("SAVE")
        saved = not node.closed
        assert saved == (operation == count)
        if saved:
            node.crash()
        again = world.start("node")
        assert again.call("DBSIZE") == (NEW if saved else OLD), f"operation {operation}"


@pytest.mark.parametrize("seed", range(10))
def test_an_error_at_any_operation_keeps_the_old_file_and_cleans_up(seed):
    for operation in range(operations_of_a_save()):
        world, node = world_with_a_file(seed)
        old = node.disk.files
        node.disk.fail_at(node.disk.operations + operation)
        with pytest.raises(CommandError, match="^ERR$"):
            node.call("SAVE")
        assert node.disk.files == old
        assert "Input/output error" in world.transcript[-1]
        assert node.call("SAVE") == "OK"
        assert list(node.disk.files) == ["dump.rdb"]


@pytest.mark.parametrize("seed", range(20))
def test_a_disk_that_often_fails_never_costs_the_last_file(seed):
    world, node = world_with_a_file(seed)
    saved = OLD
    node.disk.fail_by_chance(0.1)
    for round in range(20):
        node.call("DEBUG", "POPULATE", NEW + round, "key", 900)
        try:
            node.call("SAVE")
            saved = NEW + round
        except CommandError as error:
            assert str(error) == "ERR"
    node.disk.fail_by_chance(0)
    node.crash()
    assert world.start("node").call("DBSIZE") == saved


def test_a_full_disk_is_told_and_what_was_there_stays():
    world, node = world_with_a_file(1)
    old = node.disk.files
    node.disk.limit(sum(map(len, old.values())) + 10_000)
    with pytest.raises(CommandError, match="^ERR$"):
        node.call("SAVE")
    assert "Write error while saving DB to the disk(write): No space left on device" in (
        world.transcript[-1]
    )
    assert node.disk.files == old
    node.disk.limit(None)
    assert node.call("SAVE") == "OK"


def test_a_background_save_holds_the_moment_it_was_asked_for():
    world, node = world_with_a_file(3)
    world.slow_disks(0.05)
    client = node.client()
    assert client.call("BGSAVE") == "Background saving started"
    for number in range(NEW):
        node.call("SET", f"key:{number}", "changed")
    client.call("FLUSHALL")
    client.call("SET", "after", "v")
    while node.info["rdb_bgsave_in_progress"]:
        world.step()
    node.crash()
    world.slow_disks(0)
    again = world.start("node")
    assert again.call("DBSIZE") == NEW
    assert again.call("GET", "key:1")[:8] == b"value:1\0"


def test_clients_are_told_loading_until_the_file_is_there():
    world, node = world_with_a_file(4)
    node.stop()
    world.slow_disks(2.0)
    again = world.start("node")
    client = again.client()
    with pytest.raises(CommandError, match="^LOADING Redis is loading the dataset in memory$"):
        client.call("GET", "key:1")
    info = again.info
    assert info["loading"] == 1 and info["async_loading"] == 0
    assert "loading_start_time" in info and info["loading_loaded_perc"] == 0
    world.run_for(30)
    assert again.info["loading"] == 0 and "loading_start_time" not in again.info
    assert client.call("DBSIZE") == OLD


def test_a_load_tells_how_far_it_is():
    world = sim.World(seed=6)
    node = world.start("node", enable_debug_command="yes", rdbcompression="no")
    node.call("DEBUG", "POPULATE", 5000, "key", 900)
    node.call("SAVE")
    size = len(node.disk.files["dump.rdb"])
    node.stop()
    world.slow_disks(0.5)
    again = world.start("node")
    world.run_for(0.6)  # the size is known
    seen = []
    while (info := again.info)["loading"]:
        assert info["loading_total_bytes"] == size
        loaded = info["loading_loaded_bytes"]
        assert info["loading_loaded_perc"] == pytest.approx(loaded / size * 100, abs=0.01)
        assert info["loading_eta_seconds"] >= 0
        seen.append(loaded)
        world.run_for(0.25)
    assert seen == sorted(seen) and len(set(seen)) > 3
    info = again.info
    assert info["rdb_last_load_keys_loaded"] == again.call("DBSIZE") == 5000
    assert info["rdb_last_load_keys_expired"] == 0


def test_a_torn_file_is_refused():
    world, node = world_with_a_file(5)
    content = node.disk.files["dump.rdb"]
    node.stop()
    for size in (0, 8, 100, len(content) - 1):
        world.disk("node").put("dump.rdb", content[:size])
        with pytest.raises(StartError):
            world.start("node")
    world.disk("node").put("dump.rdb", content)
    assert world.start("node").call("DBSIZE") == OLD


@pytest.mark.parametrize("seed", range(5))
def test_the_same_seed_loses_the_same_bytes(seed):
    def story():
        world, node = world_with_a_file(seed)
        world.slow_disks(0.01)
        node.client().send(b"BGSAVE\r\n")
        world.run_for(0.01)
        node.crash()
        return world.disk("node").files, world.transcript

    assert story() == story()


def test_a_shutdown_that_saves_is_over_when_the_file_is_safe():
    world, node = world_with_a_file(6)
    world.slow_disks(0.5)
    client = node.client()
    client.send(b"SHUTDOWN SAVE\r\n")
    while not node.closed:
        world.step()
    world.disk("node").put("other", b"")  # what a crash leaves is what was synced
    world.slow_disks(0)
    assert world.start("node").call("DBSIZE") == NEW
