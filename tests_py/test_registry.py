"""What the package knows of what there is in this process."""

import gc

from replserver.registry import Registry


class Thing:
    closed = False


def test_it_can_be_looked_at_while_more_of_a_kind_are_made():
    registry = Registry()
    made = [Thing()]
    registry.add(made[0])
    for _ in registry:
        made.append(Thing())
        registry.add(made[-1])
    assert list(registry) == made and len(made) == 2


def test_it_keeps_nobody():
    registry = Registry()
    registry.add(Thing())
    gc.collect()
    assert list(registry) == []


def test_it_tells_who_is_open():
    registry, things = Registry(), [Thing(), Thing()]
    for thing in things:
        registry.add(thing)
    things[0].closed = True
    assert registry.open() == [things[1]] and list(registry) == things
