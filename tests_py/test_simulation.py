"""Storms: seeded runs with faults, what they find, and how a failure is told and replayed."""

import re
import signal
import sys
from random import Random

import pytest

from harness import REPLSERVER, Process, run, run_python, wait_until
from replserver import Fault, Storm, StormFailure, simulate
from replserver.invariants import Violation
from replserver.simulation import nobody, shortened
from replserver.workload import some_write

PROGRAM = [*REPLSERVER, "simulate"]
SMALL = {"commands": 60, "faults": 4}


def test_whatever_befalls_the_nodes_all_that_must_hold_does():
    assert Storm().check(range(100)) == 100


@pytest.mark.parametrize(
    "storm",
    [
        Storm(nodes=4, topology="chain", **SMALL),
        Storm(nodes=3, topology={"n3": "n2"}, wait=2, **SMALL),
        Storm(nodes=2, failover=nobody, **SMALL),
        Storm(nodes=1, wait=0, **SMALL),
    ],
    ids=["chain", "mapping", "without failover", "alone"],
)
def test_it_holds_in_other_topologies(storm):
    storm.check(range(30))


def test_the_same_seed_gives_the_same_transcript():
    once, again = Storm().replay(11).transcript, Storm().replay(11).transcript
    assert once == again and len(once) > 50
    assert once != Storm().replay(12).transcript


def test_a_fault_is_told_where_it_happened():
    fault = Fault(at=20, kind="crash", node="n1", lasts=10)
    run = Storm(**SMALL).replay(3, [fault])
    lines = run.transcript
    crash = next(i for i, line in enumerate(lines) if f"{fault} befalls n1" in line)
    assert any("is promoted" in line for line in lines[crash:])
    assert run.primary != "n1" and run.nodes["n1"].replication.role == "replica"


def test_a_clock_that_is_ahead_and_back_again_changes_nothing_but_what_it_hides():
    fault = Fault(at=5, kind="skew", node="n2", lasts=40, ahead=2.5)
    lines = Storm(**SMALL).replay(4, [fault]).transcript
    assert any(f"{fault} befalls n2" in line for line in lines)
    assert any(f"{fault} is over" in line for line in lines)


def test_a_workload_of_ones_own_is_drawn_from_the_seed():
    drawn = []

    def count(random):
        drawn.append(random.random())
        return "INCRBY", "counted", 1

    run = Storm(workload=count, faults=0, wait=0).replay(5)
    assert int(run.nodes["n3"].call("GET", "counted")) == len(drawn) == 200
    once, drawn[:] = list(drawn), []
    Storm(workload=count, faults=0, wait=0).replay(5)
    assert drawn == once


def test_the_built_in_workload_can_be_part_of_another_one():
    assert some_write(Random(3)) == some_write(Random(3))
    assert len({bytes(some_write(Random(seed))[0]) for seed in range(200)}) > 12


def test_a_failover_rule_chooses_among_those_who_are_able():
    asked = []

    def the_last(able):
        asked.append(dict(able))
        return max(able, default=None)

    assert Storm(failover=the_last, **SMALL).replay(1, [Fault(30, "promote")]).primary == "n3"
    assert [set(able) for able in asked] == [{"n2", "n3"}]
    with pytest.raises(ValueError, match="'n9' is not able"):
        Storm(failover=lambda able: "n9", **SMALL).replay(1, [Fault(30, "promote")])


# ---- planted mistakes


@simulate(seeds=50, **SMALL)
def planted_nobody_crashes(run):
    """False as soon as somebody does."""
    assert len(run.running) == 3


def test_a_false_invariant_is_found_and_its_faults_are_shortened():
    with pytest.raises(StormFailure) as raised:
        planted_nobody_crashes()
    failure = raised.value
    assert [fault.kind in ("crash", "restart") for fault in failure.faults] == [True]
    assert f"seed {failure.seed}" in str(failure) and failure.script in str(failure)
    assert repr(failure.faults[0]) in failure.script
    assert isinstance(failure.error, AssertionError)


def test_a_failures_script_fails_in_the_same_way():
    with pytest.raises(StormFailure) as raised:
        planted_nobody_crashes()
    body = raised.value.script.replace("\n", "\n    ")
    run_python(f"try:\n    {body}\nexcept AssertionError:\n    pass\nelse:\n    raise SystemExit(1)\n")


def test_an_error_that_is_no_assertion_is_told_with_its_place():
    def look_for_nobody(run):
        run.nodes["n9"]

    with pytest.raises(StormFailure, match=r"seed 0: KeyError in test_simulation.py:\d+: 'n9'"):
        Storm(checks=[look_for_nobody], **SMALL).check([0])


def test_a_check_that_is_in_no_file_has_a_script_for_where_it_is():
    told = {"simulate": simulate, "StormFailure": StormFailure}
    lines = "@simulate(seeds=1, commands=9)\ndef typed_in(run):\n    assert not run.running\n"
    exec(compile(lines, "<stdin>", "exec"), told)
    with pytest.raises(StormFailure) as raised:
        told["typed_in"]()
    with pytest.raises(AssertionError):
        exec(raised.value.script, told)


STORM = """
import replserver

@replserver.simulate(commands=40, faults=6)
def test_it(run):
    assert len(run.running) == 3
"""


def test_the_program_keeps_what_fails(tmp_path):
    (tmp_path / "storm.py").write_text(STORM)
    words = ("storm.py:test_it", "--seeds", "0:30", "--jobs", "2", "--failures", "failed")
    done = run(*PROGRAM, *words, cwd=tmp_path, check=False)
    assert done.returncode == 1 and "30 seeds, " in done.stdout, done.stderr
    script = next((tmp_path / "failed").glob("seed-*.py"))
    assert "befalls" in script.with_suffix(".txt").read_text()
    assert run(sys.executable, script, check=False).returncode == 1
    assert "2 seeds, 0 failures" in run(*PROGRAM, "--seeds", "1:3").stdout


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_program_can_be_interrupted_however_many_seeds_there_are(tmp_path, jobs):
    words = ("--seeds", "0:10000000000", "--jobs", jobs, "--failures", "failed")
    running = Process(["env", "--default-signal=INT", *PROGRAM, *words], tmp_path)
    try:
        wait_until((tmp_path / "failed").exists, "its beginning")
        running.signal(signal.SIGINT)
        assert running.wait() == 130
    finally:
        running.stop()
    assert re.fullmatch(r"\d+ seeds, 0 failures, \d+ schedules per second\n", running.text)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--seeds", "x"), "FIRST:END, or one seed, not 'x'"),
        (("--seeds", "5:5"), "there is none in '5:5'"),
        (("--seeds", f"0:{10**30}"), "FIRST:END, or one seed"),
        (("--jobs", "0"), "at least 1"),
        (("--nodes", "0"), "at least one node"),
        (("--failures", "/dev/null/failed"), "'/dev/null/failed'"),
        (("storm.py",), "FILE:TEST, not 'storm.py'"),
        (("nowhere.py:test_it",), "nowhere.py"),
        ((f"{__file__}:SMALL",), "SMALL is no test that replserver.simulate has made"),
    ],
)
def test_the_program_says_which_word_is_wrong(words, told):
    done = run(*PROGRAM, *words, check=False)
    assert done.returncode == 2 and told in done.stderr
    assert "Traceback" not in done.stderr


def test_data_that_differ_at_one_position_are_found():
    def write_behind_the_histories_back(run):
        replica = next(node for node in run.running if node.name != run.primary)
        replica.config["replica-read-only"] = "no"
        replica.call("SET", "planted", run.world.now)

    storm = Storm(faults=0, checks=[write_behind_the_histories_back])
    with pytest.raises(Violation, match="equal position, equal data"):
        storm.replay(1)


def test_what_wait_has_confirmed_is_missed():
    def lose(run):
        for node in run.running:
            node.config["replica-read-only"] = "no"
            for key in node.call("KEYS", "waited:*"):
                node.call("DEL", key)

    def lose_in_the_end(run):
        if run.healed:
            lose(run)

    storm = Storm(faults=0, checks=[lose_in_the_end])
    with pytest.raises(Violation, match="what WAIT confirmed is kept: waited:"):
        storm.replay(1)


def test_faults_are_left_out_until_none_can_be():
    asked = []

    def fails(faults):
        asked.append(faults)
        return {3, 7} <= set(faults)

    assert shortened(list(range(10)), fails) == [3, 7]
    assert len(asked) < 30
    assert shortened([1], lambda faults: True) == []


def test_a_storm_that_cannot_be_is_refused():
    for words in (
        {"faults": -1},
        {"wait": 3},
        {"topology": "ring"},
        {"topology": {"n1": "n2"}},
        {"topology": {"n2": "n3", "n3": "n2"}},
        {"topology": {"n2": "n2"}},
    ):
        with pytest.raises(ValueError, match=next(iter(words))):
            Storm(**words)
    with pytest.raises(ValueError, match="at least one node"):
        Storm(nodes=0)
    for seeds in (0, -1, []):
        with pytest.raises(ValueError, match="seeds: at least one"):
            simulate(seeds=seeds)
    for words in ({"kind": "crush"}, {"way": "round"}, {"at": -1}, {"lasts": -1}, {"bytes": -1}):
        with pytest.raises(ValueError, match=next(iter(words))):
            Fault(**{"at": 1, "kind": "cut", **words})
    with pytest.raises(ValueError, match="slow link"):
        Fault(at=1, kind="slow")
    with pytest.raises(ValueError, match="no node called n7"):
        Storm().replay(1, [Fault(at=1, kind="crash", node="n7")])
