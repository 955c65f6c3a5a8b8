"""The types we promise: the package is strict, and the stubs say what the C++ module has."""

import os
import re
import sys
from pathlib import Path

import pytest

import replserver._core
from harness import run

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("REPLSERVER_SANITIZE")), reason="the types are those of any other build"
)

PACKAGE = Path(replserver.__file__).parent
# What the binding library gives to every class: a metaclass, a door for other modules, and else a
# constructor that refuses; and what Python's own C code gives to every tuple with names.
ALLOWED = r"""replserver\._core\.(Journal|LiveNode|LogRing|Pending|RdbBuilder|RdbReader|Relay|SimLink|Storm|StormPlan|World)
replserver\._core\..*\._pybind11_conduit_v1_
replserver\._core\.Pending\.__init__
replserver\._core\.Record\..*
"""


def test_the_package_passes_mypy_strict(tmp_path):
    run(
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--cache-dir",
        tmp_path,
        "-p",
        "replserver",
        seconds=300,
        env=environment(),
    )


def test_the_stubs_fit_the_module(tmp_path):
    allowed = tmp_path / "allowed"
    allowed.write_text(ALLOWED)
    run(
        sys.executable,
        "-m",
        "mypy.stubtest",
        "replserver._core",
        "--concise",
        "--allowlist",
        allowed,
        "--ignore-unused-allowlist",
        seconds=300,
        cwd=tmp_path,
        env=environment(),
    )


def test_the_stubs_know_the_methods_arguments():
    """stubtest cannot see into C++ functions; their own first line tells their arguments' names."""
    stub = (PACKAGE / "_core.pyi").read_text()
    core = replserver._core
    for kind in (core.LiveNode, core.World, core.Journal, core.LogRing, core.RdbReader, core.RdbBuilder, core.Relay, core.SimLink):
        body = re.search(rf"^class {kind.__name__}:\n((?:    .*\n|\n)+)", stub, re.MULTILINE)[1]
        for name, member in vars(kind).items():
            signature = re.match(rf"{name}\((.*)\) ->", getattr(member, "__doc__", None) or "")
            if not callable(member) or not signature:
                continue
            told = [part.split(":")[0].strip() for part in signature[1].split(", ")]
            named = [part for part in told[1:] if re.fullmatch(r"[a-z_]+", part)]
            promised = re.search(rf"def {name}\(\s*self,?([^)]*)\)", body)
            assert promised, f"{kind.__name__}.{name}"
            for argument in named:
                assert re.search(rf"\b{argument}:", promised[1]), (
                    f"{kind.__name__}.{name}: {argument}"
                )


def test_a_users_program_is_checked_against_the_package(tmp_path):
    (tmp_path / "program.py").write_text(
        "import replserver\n"
        "from replserver import sim\n"
        "with replserver.Node(maxmemory='1mb', save='', hz=20, appendonly=False) as node:\n"
        "    port: int = node.port\n"
        "    lines: list[replserver.LogLine] = node.logs\n"
        "    value: str = node.config['hz']\n"
        "    node.config['hz'] = 10\n"
        "    now: float = sim.World(seed=1).now\n"
        "    reveal_type(node.info)\n"
        "    node.advance('late')\n"
    )
    done = run(
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--cache-dir",
        tmp_path / "cache",
        "program.py",
        seconds=300,
        check=False,
        cwd=tmp_path,
        env=environment(),
    )
    errors = [line for line in done.stdout.splitlines() if " error: " in line]
    assert len(errors) == 1 and '"advance"' in errors[0], done.stdout
    assert 'Revealed type is "replserver.info.Info"' in done.stdout


def environment():
    """The package, found where we found it."""
    return {**os.environ, "MYPYPATH": str(PACKAGE.parent)}
