"""A fork in the user's process: the child's nodes are defunct and say so, the parent's go on."""

import multiprocessing
import os
import threading
import traceback

import pytest

from harness import SECONDS_MAX, Connection, descriptors_of, run_python, wait_until
from replserver import ClosedError, Link, Node

pytestmark = pytest.mark.skipif(
    os.environ.get("REPLSERVER_SANITIZE") == "thread",
    reason="ThreadSanitizer does not follow a process that has threads through a fork",
)


def in_child(work):
    """Runs `work` in a forked child; its own words if it fails."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        problem = b""
        try:
            work()
        except BaseException:
            problem = traceback.format_exc().encode()
        os.write(writer, problem[-4000:])
        os._exit(1 if problem else 0)
    os.close(writer)
    try:
        code = wait_until(
            lambda: os.waitpid(pid, os.WNOHANG) != (0, 0) and "ended", "the child's end"
        )
        assert code == "ended"
        said = os.read(reader, 4000).decode()
        assert not said, said
    except BaseException:
        os.kill(pid, 9) if _is_child(pid) else None
        raise
    finally:
        os.close(reader)


def _is_child(pid):
    try:
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False


def test_a_childs_node_says_that_it_lives_in_the_parent(node):
    def child():
        with pytest.raises(ClosedError, match="parent"):
            node.call("PING")
        with pytest.raises(ClosedError, match="parent"):
            node.wait_closed()
        assert node.closed
        assert node.logs == []
        assert repr(node) == f"<replserver.Node {node.name} of the parent process>"
        assert "parent" in node._repr_html_()
        node.close()
        node.close()

    node.call("SET", "k", "v")
    in_child(child)
    assert node.call("GET", "k") == b"v"
    assert node.call("PING") == "PONG"


def test_a_childs_link_says_so_as_well_and_tells_no_events(node):
    with Link(node) as link:
        link.hold()

        def child():
            with pytest.raises(ClosedError, match="parent"):
                link.release()
            assert link.closed and link.events == []

        in_child(child)
        assert [event.what for event in link.events] == ["held"]


def test_a_child_can_make_nodes_of_its_own(node):
    def child():
        with Node() as own:
            own.call("DEBUG", "LOG", "from the child")
            with Connection(own.port) as client:
                assert client.call("PING") == "PONG"
            assert own.logs

    in_child(child)
    assert node.call("PING") == "PONG"


def test_a_child_does_not_hold_the_parents_port_and_connections():
    node = Node()
    client = Connection(node.port)
    client.call("PING")
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(writer)
        os.read(reader, 1)  # until the parent is done
        os._exit(0)
    try:
        port = node.port
        node.close()
        assert client.is_closed()
        with pytest.raises(ConnectionRefusedError):
            Connection(port)
    finally:
        os.close(writer)
        os.close(reader)
        os.waitpid(pid, 0)
        client.close()


def test_a_child_that_forgets_a_node_does_not_hang():
    output = run_python(
        "import gc, os, sys, replserver, threading\n"
        "node = replserver.Node()\n"
        "caller = threading.Thread(target=lambda: node.call('DEBUG', 'SLEEP', '1'))\n"
        "caller.start()\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    del node, caller\n"
        "    gc.collect()\n"
        "    print('child', flush=True)\n"
        "    sys.exit(0)\n"
        "os.waitpid(pid, 0)\n"
        "caller.join()\n"
        "print('parent', node.call('PING'), flush=True)\n"
    )
    assert output == "child\nparent PONG\n"


def _echo(words, answers):
    with Node() as node:
        answers.put((node.call(*words), threading.active_count()))


def test_multiprocessing_by_fork_works_beside_open_nodes(node):
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    children = [context.Process(target=_echo, args=(("ECHO", "hello"), answers)) for _ in range(3)]
    for child in children:
        child.start()
    for _ in children:
        assert answers.get(timeout=SECONDS_MAX)[0] == b"hello"
    for child in children:
        child.join(SECONDS_MAX)
        assert child.exitcode == 0
    assert node.call("PING") == "PONG"


def test_a_program_that_is_started_inherits_nothing_of_a_node():
    before = descriptors_of()
    with Node() as node, Connection(node.port) as client:
        client.call("PING")
        pid = os.posix_spawn("/bin/sleep", ["sleep", "60"], os.environ)
        try:
            wait_until(
                lambda: os.readlink(f"/proc/{pid}/exe").endswith(("sleep", "coreutils", "busybox"))
            )
            links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
            inherited = {link for link in links if link.startswith(("socket:", "anon_inode:"))}
            assert not inherited & _sockets_of_ours()
        finally:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
    assert descriptors_of() <= before


def _sockets_of_ours():
    links = set()
    for fd in os.listdir("/proc/self/fd"):
        try:
            links.add(os.readlink(f"/proc/self/fd/{fd}"))
        except FileNotFoundError:
            continue
    return {link for link in links if link.startswith("socket:")}
