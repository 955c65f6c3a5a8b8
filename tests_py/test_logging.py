"""Log lines: kept by the node, handed to `logging`, dropped rather than waited for."""

import logging
import threading

import pytest

from harness import Connection, run_python, threads_of, wait_until
from replserver import LogLine, Node


class Kept(logging.Handler):
    """Keeps what it is given."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.records = []

    def emit(self, record):
        self.records.append(record)

    def texts(self):
        return [record.getMessage() for record in self.records]


@pytest.fixture
def kept():
    logger, handler = logging.getLogger("replserver"), Kept()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)


def test_a_node_keeps_its_lines(node):
    node.call("DEBUG", "LOG", "one thing")
    line = node.logs[-1]
    assert isinstance(line, LogLine)
    assert (line.level, line.role, line.node) == ("warning", "M", node.name)
    assert line.text == "DEBUG LOG: one thing"
    assert line.time == pytest.approx(node.time, abs=60)
    assert str(line).startswith(f"{node.name}:M ") and str(line).endswith(" # DEBUG LOG: one thing")


def test_the_lines_outlive_the_node():
    with Node() as node:
        node.call("DEBUG", "LOG", "last words")
    assert "DEBUG LOG: last words" in [line.text for line in node.logs]


def test_only_the_last_thousand_lines_are_kept(node):
    for number in range(1100):
        node.call("DEBUG", "LOG", number)
    texts = [line.text for line in node.logs]
    assert len(texts) == 1000
    assert texts[-1] == "DEBUG LOG: 1099"


def test_a_line_that_is_no_utf8_is_shown_all_the_same(node):
    node.call("DEBUG", "LOG", b"caf\xe9")
    assert node.logs[-1].text == r"DEBUG LOG: caf\xe9"


def test_lines_reach_logging_with_their_level_and_node(kept):
    with Node(name="talker", loglevel="debug") as node:
        node.call("DEBUG", "LOG", "a warning")
        with Connection(node.port) as client:
            client.call("PING")
        wait_until(lambda: "DEBUG LOG: a warning" in kept.texts())
        record = next(r for r in kept.records if r.getMessage() == "DEBUG LOG: a warning")
        assert record.name == "replserver.talker"
        assert record.levelno == logging.WARNING
        assert (record.node, record.role) == ("talker", "M")
        assert record.created == pytest.approx(node.time, abs=60)
    assert all(r.levelno in (logging.DEBUG, logging.INFO, logging.WARNING) for r in kept.records)


def test_close_returns_when_all_lines_are_handed_on(kept):
    with Node() as node:
        for number in range(500):
            node.call("DEBUG", "LOG", number)
    assert f"DEBUG LOG: {499}" in kept.texts()


def test_the_logger_of_one_node_can_be_set_apart(kept):
    quiet, loud = logging.getLogger("replserver.quiet"), logging.getLogger("replserver.loud")
    quiet.setLevel(logging.ERROR)
    own = Kept()
    loud.addHandler(own)
    try:
        with Node(name="quiet") as one, Node(name="loud") as other:
            one.call("DEBUG", "LOG", "from quiet")
            other.call("DEBUG", "LOG", "from loud")
        assert "DEBUG LOG: from quiet" not in kept.texts()
        assert "DEBUG LOG: from loud" in kept.texts()
        assert "DEBUG LOG: from loud" in own.texts()
    finally:
        loud.removeHandler(own)
        quiet.setLevel(logging.NOTSET)


def test_nodes_that_are_gone_leave_no_logger_behind():
    with Node() as node:
        node.call("DEBUG", "LOG", "hear, hear")
    assert f"replserver.{node.name}" not in logging.Logger.manager.loggerDict


def test_one_thread_serves_all_nodes_and_ends_with_the_last():
    before = threads_of()

    def pumps():
        return [t for t in threading.enumerate() if t.name == "replserver-log"]

    with Node(), Node():
        assert len(pumps()) == 1
        assert threads_of() <= before + 3
    assert not pumps()
    wait_until(lambda: threads_of() <= before, "its threads have ended")


def test_a_handler_may_open_and_close_nodes():
    class Opens(Kept):
        def emit(self, record):
            super().emit(record)
            if "open one" in record.getMessage():
                with Node(name="inner") as inner:
                    inner.call("DEBUG", "LOG", "from inside")

    logger, handler = logging.getLogger("replserver"), Opens()
    logger.addHandler(handler)
    try:
        with Node() as node:
            node.call("DEBUG", "LOG", "open one")
        with Node() as node:
            node.call("DEBUG", "LOG", "after that")
        wait_until(lambda: "DEBUG LOG: after that" in handler.texts())
    finally:
        logger.removeHandler(handler)


def test_a_handler_that_fails_is_reported_and_ends_nothing(kept, capsys):
    class Fails(logging.Handler):
        def emit(self, record):
            raise RuntimeError("of no use")

    logger, handler = logging.getLogger("replserver"), Fails()
    logger.addHandler(handler)
    try:
        with Node() as node:
            node.call("DEBUG", "LOG", "first")
            wait_until(lambda: any("first" in text for text in kept.texts()))
            logger.removeHandler(handler)
            node.call("DEBUG", "LOG", "second")
        assert any("second" in text for text in kept.texts())
        assert "RuntimeError: of no use" in capsys.readouterr().err
    finally:
        logger.removeHandler(handler)


def test_a_slow_reader_costs_lines_not_memory():
    output = run_python(
        "import logging, replserver, replserver.logs as logs, threading\n"
        "logs.RING_CAPACITY = 10\n"
        "held, seen = threading.Event(), []\n"
        "class Slow(logging.Handler):\n"
        "    def emit(self, record):\n"
        "        held.wait(); seen.append(record.getMessage())\n"
        "logging.getLogger('replserver').addHandler(Slow())\n"
        "with replserver.Node() as node:\n"
        "    for number in range(1000): node.call('DEBUG', 'LOG', number)\n"
        "    held.set()\n"
        "print(len(seen) < 50, any('were dropped' in text for text in seen), seen[-1])\n"
    )
    assert output.startswith("True True ")


def test_a_program_that_sets_up_logging_sees_the_lines():
    output = run_python(
        "import logging, sys, replserver\n"
        "logging.basicConfig(stream=sys.stdout, format='%(name)s %(levelname)s %(message)s')\n"
        "with replserver.Node(name='n') as node: node.call('DEBUG', 'LOG', 'hello')\n"
    )
    assert output == "replserver.n WARNING DEBUG LOG: hello\n"
