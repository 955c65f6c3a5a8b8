"""The pytest plugin, seen from the tests of those who use it."""

from pathlib import Path
from textwrap import dedent

import pytest

from harness import run_python

pytest_plugins = ["pytester"]


@pytest.fixture
def suite(pytester, monkeypatch):
    """Runs a test file in a pytest of its own, with our plugin and no other that is not needed."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(text, *options, ini=""):
        pytester.makeini(f"[pytest]\n{ini}")
        pytester.makepyfile(text)
        return pytester.runpytest_subprocess("-p", "replserver.pytest_plugin", *options)

    return run


def test_the_fixtures_come_with_the_package(suite):
    result = suite(
        """
        def test_pair(repl_pair):
            m, r, link = repl_pair
            m.call("SET", "k", 1)
            r.wait_in_sync(timeout=20)
            assert r.call("GET", "k") == b"1" and link.state.open == 1

        def test_cluster(repl_cluster):
            assert [one.name for one in repl_cluster] == ["m", "r1", "r2"]

        def test_factory(repl):
            with repl(replicas=1) as c, repl("a", ["b"]) as other:
                assert c.m.port != other.a.port
        """
    )
    result.assert_outcomes(passed=3)


def test_markers_tell_what_a_cluster_is_made_of(suite):
    result = suite(
        """
        import pytest

        @pytest.mark.replserver(replicas=3, maxmemory="10mb")
        def test_marked(repl_cluster):
            assert len(repl_cluster) == 4
            assert repl_cluster.r3.config["maxmemory"] == "10485760"

        @pytest.mark.replserver(clock="manual")
        def test_argument_wins(repl):
            assert repl(clock="real").m.clock == "real"
            assert repl().m.clock == "manual"
        """,
        "--strict-markers",
    )
    result.assert_outcomes(passed=2)


def test_a_marker_without_keywords_is_refused(suite):
    result = suite(
        """
        import pytest

        @pytest.mark.replserver(3)
        def test_marked(repl_cluster): pass
        """
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines("*replserver marker: keywords, not (3,)*")


CLOCK = """
    def test_clock(repl):
        c = repl(replicas=1)
        print("seen", c.m.clock, c.seed)
"""


def test_the_command_line_goes_before_the_ini_file(suite):
    ini = "replserver_clock = manual\nreplserver_seed = 5"
    suite(CLOCK, "-s", ini=ini).stdout.fnmatch_lines("*seen manual 5")
    suite(CLOCK, "-s", "--replserver-seed", "6", ini=ini).stdout.fnmatch_lines("*seen manual 6")


def test_a_seed_that_is_no_number_is_refused(suite):
    result = suite(CLOCK, "--replserver-seed", "x")
    result.stderr.fnmatch_lines("*replserver seed: 'x' is no number*")


def test_a_test_has_the_same_seed_each_time_and_others_another(suite):
    text = """
        def test_a(repl): print("seen", repl(replicas=0).seed)
        def test_b(repl): print("seen", repl(replicas=0).seed)
    """
    first, second = (
        [line for line in suite(text, "-s").outlines if "seen" in line] for _ in range(2)
    )
    assert first == second and len(set(first)) == 2


FAILING = """
    def test_fails(repl):
        with repl(replicas=1, seed=77) as c:
            c.m.call("SET", "k", 1)
            c.link("m", "r1").blackhole()
            assert c.r1.call("GET", "other") == b"1"
"""


def test_a_failure_tells_roles_offsets_links_events_and_how_to_have_it_again(suite):
    result = suite(FAILING)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- replserver -*",
            "<replserver.Cluster m: primary at *; r1: replica of m (connected) at *>, seed 77",
            "m: a primary at offset *, with 1 replicas online, history *",
            "    m:M *Synchronization with replica * succeeded",
            "r1: a replica of *history *",
            "m-r1: 1 open of 1, streaming at offset *gates silent/silent*",
            "    0: silenced by hand*",
            "again: pytest *::test_fails --replserver-seed 77",
        ]
    )


def test_options_of_the_command_line_are_part_of_how_to_have_it_again(suite):
    result = suite(FAILING.replace(", seed=77", ""), "--replserver-clock=manual", "--replserver-seed=5")
    result.stdout.fnmatch_lines("again: pytest *::test_fails --replserver-seed 5 --replserver-clock manual")


def test_a_cluster_that_is_still_open_is_told_of_as_well(suite):
    result = suite(
        """
        def test_fails(repl):
            c = repl(replicas=1)
            assert not c
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines("m: a primary at offset*")


def test_a_cluster_that_does_not_come_up_is_told_of_as_well(suite):
    result = suite(
        """
        def test_is_late(repl):
            repl(replicas=1, repl_diskless_sync_delay=60, timeout=0.01)

        def test_is_wrong(repl):
            repl(no_such=1)
        """
    )
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "<replserver.Cluster m: primary at *; r1: replica of m (*) at *",
            "again: pytest *::test_is_late --replserver-seed *",
            "self = <replserver.Node m that did not start>*",
            "<replserver.Cluster without members>, seed *",
            "again: pytest *::test_is_wrong --replserver-seed *",
        ]
    )


def test_a_test_that_passes_prints_nothing(suite):
    assert "replserver" not in "\n".join(suite("def test_passes(repl_pair): pass").outlines[4:])


@pytest.mark.parametrize("how", ["option", "ini"])
def test_options_that_are_none_are_refused_before_anything_runs(suite, how):
    options = ["--replserver-leaks", "perhaps"] if how == "option" else []
    result = suite(CLOCK, *options, ini="replserver_leaks = perhaps" if how == "ini" else "")
    result.stderr.fnmatch_lines("*replserver leaks: 'perhaps' is none of error, warn, ignore*")


def test_a_cluster_that_the_test_has_made_by_itself_is_told_of_as_well(suite):
    result = suite(
        """
        import replserver

        def test_fails():
            with replserver.Cluster(replicas=1, seed=77) as c:
                assert c.m.call("GET", "k") == b"1"
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["m: a primary at offset*", "again: pytest *::test_fails*seed 77"])


def test_no_seed_is_told_where_none_would_help(suite):
    result = suite(
        """
        import replserver

        def test_fails():
            with replserver.Cluster(replicas=1) as c:
                assert c.m.call("GET", "k") == b"1"
        """
    )
    result.stdout.re_match_lines([r"again: pytest .*::test_fails$"])


# ---- what is left open


LEAKING = """
    import replserver
    left = []

    def test_leaks():
        left.append(replserver.Node(name="forgotten"))

    def test_next():
        assert left[0].closed
"""


def test_a_node_that_is_left_open_is_named_and_closed(suite):
    result = suite(LEAKING)
    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines("*::test_leaks left open: <replserver.Node forgotten port=*")


@pytest.mark.parametrize(
    ("option", "ini"), [("--replserver-leaks=error", ""), ("-q", "replserver_leaks = error")]
)
def test_a_leak_can_be_an_error(suite, option, ini):
    result = suite(LEAKING, option, ini=ini)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines("*::test_leaks left open: <replserver.Node forgotten port=*")


def test_a_leak_can_be_meant(suite):
    suite(LEAKING, ini="replserver_leaks = ignore").assert_outcomes(passed=2, warnings=0)
    marked = "import pytest\n" + dedent(LEAKING).replace(
        "def test_leaks", "@pytest.mark.replserver(leaks='ignore')\ndef test_leaks"
    )
    suite(marked, "--replserver-leaks=error").assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("replserver.Link(('127.0.0.1', 1), name='way')", "<replserver.Link way port=*"),
        ("replserver.Cluster(replicas=1)", "<replserver.Cluster m: primary at *; r1: replica *>"),
        ("replserver.external('redis-server', name='x')", "<replserver.External x 127.0.0.1:*>"),
    ],
)
def test_links_clusters_and_processes_are_named_as_well(suite, made, told):
    result = suite(
        f"""
        import replserver
        left = []

        def test_leaks():
            left.append({made})

        def test_next():
            assert left[0].closed
        """,
        "--replserver-leaks=error",
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(f"*::test_leaks left open: {told}")
    report = [line for line in result.stdout.lines if not line.startswith("ERROR ")]  # the summary says it again
    assert "".join(report).count("<replserver.") == 1  # and none of its parts


def test_a_thread_that_belongs_to_nothing_open_is_named_by_its_port(suite):
    result = suite(
        """
        import replserver
        from replserver import _core, leaks

        leaks._SECONDS_TO_END = 0.05
        left = []

        def test_leaks():
            replserver.Node().close()  # the package is in use
            left.append(_core.Relay("nobody's", "127.0.0.1", 1, 0, 1))
            print("it is at", left[0].port)
        """,
        "--replserver-leaks=error",
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.re_match_lines([r".*threads that still run: rs-link:\d+"])


def test_a_test_that_fails_is_not_blamed_for_what_it_could_not_close(suite):
    result = suite(
        """
        import replserver
        left = []

        def test_fails():
            left.append(replserver.Node())
            assert False

        def test_next():
            assert left[0].closed
        """,
        "--replserver-leaks=error",
    )
    result.assert_outcomes(passed=1, failed=1)


def test_nodes_of_other_fixtures_are_no_leak(suite):
    result = suite(
        """
        import pytest, replserver

        @pytest.fixture(scope="module")
        def shared():
            with replserver.Node() as node:
                yield node

        @pytest.fixture
        def own():
            with replserver.Node() as node:
                yield node

        def test_it(repl, shared, own): repl(replicas=1)
        def test_it_again(own, repl, shared): repl(replicas=1)
        """,
        "--replserver-leaks=error",
    )
    result.assert_outcomes(passed=2)


def test_what_does_not_end_is_named_and_does_not_stop_the_others(suite):
    result = suite(
        """
        import threading

        def test_stuck(repl):
            c = repl(replicas=1)
            c.close = threading.Event().wait

        def test_next(repl):
            repl(replicas=1)
        """,
        "--replserver-close-timeout=0.5",
    )
    result.stdout.fnmatch_lines("*not closed within 0.5 s: <replserver.Cluster *")
    result.assert_outcomes(passed=2, warnings=1)


# ---- under xdist


def test_tests_that_run_beside_each_other_do_not_disturb_each_other(suite):
    result = suite(
        """
        import os, pytest, replserver

        @pytest.mark.parametrize("number", range(12))
        def test_resumes(repl_pair, number):
            m, r, link = repl_pair
            link.cut(at_offset=m.offset + number)
            m.call("SET", "k", number)
            link.wait_cut()
            r.wait_offset(m.offset, timeout=20)
            assert r.call("GET", "k") == str(number).encode()

        def test_leaks(tmp_path_factory):
            test_leaks.left = replserver.Node(name="forgotten")

        def test_fails(repl):
            c = repl(replicas=1, seed=77)
            assert "PYTEST_XDIST_WORKER" not in os.environ
        """,
        "-p",
        "xdist",
        "-n",
        "2",
    )
    result.assert_outcomes(passed=13, failed=1, warnings=1)
    result.stdout.fnmatch_lines(["m: a primary at offset*", "again: pytest *::test_fails*seed 77"])
    result.stdout.fnmatch_lines("*::test_leaks left open: <replserver.Node forgotten port=*")


# ---- what it costs, and how it is found


def test_the_plugin_costs_no_import_of_the_core():
    code = "import replserver.pytest_plugin, sys; print([m for m in sys.modules if '_core' in m])"
    assert run_python(code).strip() == "[]"


def test_an_installed_package_is_found_by_pytest():
    text = (Path(__file__).parent.parent / "pyproject.toml").read_text()
    section = text.split("[project.entry-points.pytest11]")[1].split("[")[0]
    assert '"replserver.pytest_plugin" = "replserver.pytest_plugin"' in section
