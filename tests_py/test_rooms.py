"""The architecture as a test: who may include whom, who may touch the world, how long a file may be."""

import itertools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Includes point down only. A room may always include itself.
MAY_INCLUDE = {
    "base": set(),
    "data": {"base"},
    "resp": {"base"},
    "rdb": {"base", "data"},
    "command": {"base", "data", "resp"},
    "repl": {"base", "resp"},
    "node": {"base", "data", "resp", "rdb", "command", "repl"},
    "net": {"base", "command", "repl", "node"},
    "sim": {"base", "command", "repl", "node", "resp"},
    "bindings": {"base", "data", "rdb", "command", "repl", "node", "net", "sim"},
}
DRIVERS = {"net", "bindings"}  # they alone have threads, clocks, files and sockets

WORLD_HEADERS = {
    "asio", "asio.hpp", "atomic", "condition_variable", "fcntl.h", "filesystem", "fstream", "future",
    "mutex", "netdb.h", "netinet/in.h", "poll.h", "pthread.h", "random", "semaphore", "shared_mutex",
    "stop_token", "sys/epoll.h", "sys/mman.h", "sys/socket.h", "sys/stat.h", "sys/time.h", "thread",
    "time.h", "ctime", "unistd.h",
}  # fmt: skip
WORLD_CALLS = re.compile(
    r"_clock::now|\b(?:getenv|rand|srand|random_device|gettimeofday|clock_gettime|fopen|usleep)\s*\("
    r"|\bstd::(?:time|thread|mutex|atomic)\b"
)
EXCEPTIONS = {("cpp/data/arena.cpp", "sys/mman.h")}  # pages for the keyspace come from the kernel itself

LINES_MAX = 500
TOP_LEVEL = {
    "CMakeLists.txt", "pyproject.toml", "cpp", "python", "tests_cpp", "tests_py", "notebooks",
    "README.md", "bench", "docs", "scripts", "LICENSE",
}  # fmt: skip
GENERATED = {"build", "dist"}  # by the scripts; never committed

CPP = sorted(p for folder in ("cpp", "python/bindings") for p in (ROOT / folder).rglob("*.[hc]pp"))
TESTS_CPP = sorted((ROOT / "tests_cpp").rglob("*.[hc]pp"))
PYTHON = sorted(
    p
    for folder, ending in itertools.product(("python", "tests_py", "bench"), ("*.py", "*.pyi"))
    for p in (ROOT / folder).rglob(ending)
)
OTHERS = sorted((ROOT / "bench").rglob("*.[hc]pp")) + sorted((ROOT / "scripts").iterdir())


def name(path):
    return path.relative_to(ROOT).as_posix()


def room_of(path):
    """cpp/<room>/…, tests_cpp/<room>/…, python/bindings/…"""
    return path.relative_to(ROOT).parts[1]


def without_comments(text):
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)


def rooms_included(text):
    return {include.split("/")[0] for include in re.findall(r'#\s*include\s*"([^"]+/[^"]+)"', text)}


def world_touched(path, text):
    """What of the world outside a file asks for: headers by name, calls by their text."""
    headers = set(re.findall(r"#\s*include\s*<([^>]+)>", text)) & WORLD_HEADERS
    headers |= {h for h in re.findall(r"#\s*include\s*<(asio/[^>]+|spdlog/[^>]+)>", text)}
    headers -= {header for file, header in EXCEPTIONS if file == name(path)}
    return headers | set(WORLD_CALLS.findall(without_comments(text)))


@pytest.mark.parametrize("path", CPP, ids=name)
def test_a_file_keeps_to_its_room(path):
    room, text = room_of(path), path.read_text()
    assert room in MAY_INCLUDE, f"{room} is not a room"
    too_high = rooms_included(text) - {room} - MAY_INCLUDE[room]
    assert not too_high, f"{room} may not include {too_high}"
    if room not in DRIVERS:
        touched = world_touched(path, text)
        assert not touched, f"only net/ and the bindings may use {touched}"
    if room != "bindings":
        assert not re.search(r"\bpython\b|pybind11|PyObject", text, re.IGNORECASE)


@pytest.mark.parametrize("path", TESTS_CPP, ids=name)
def test_a_test_mirrors_a_room(path):
    room = room_of(path)
    assert room in MAY_INCLUDE, f"tests_cpp mirrors cpp, which has no {room}"
    too_high = rooms_included(path.read_text()) - {room} - MAY_INCLUDE[room]
    assert not too_high, f"a test of {room} may not include {too_high}"


def test_the_graph_of_rooms_has_no_cycle_and_no_forbidden_edge():
    for room, below in MAY_INCLUDE.items():
        for lower in below:
            assert room not in MAY_INCLUDE[lower], f"{room} and {lower} include each other"
    assert not MAY_INCLUDE["repl"] & {"data", "rdb"}
    assert "resp" not in MAY_INCLUDE["rdb"]
    assert "net" not in MAY_INCLUDE["sim"] and "sim" not in MAY_INCLUDE["net"]


def test_every_room_has_a_rule():
    rooms = {p.name for p in (ROOT / "cpp").iterdir() if p.is_dir()}
    assert rooms <= MAY_INCLUDE.keys() - {"bindings"}


@pytest.mark.parametrize("path", CPP + TESTS_CPP + PYTHON + OTHERS, ids=name)
def test_a_file_can_be_read_at_once(path):
    if path.is_file():
        assert path.read_text().count("\n") <= LINES_MAX


def test_a_header_is_guarded_and_introduces_itself():
    for path in CPP:
        if path.suffix == ".hpp":
            assert "#pragma once" in path.read_text(), f"{name(path)} has no include guard"
    silent = [name(p) for p in CPP if p.suffix == ".hpp" and "//" not in p.read_text()[:400]]
    assert not silent, f"no opening comment: {silent}"


def test_nothing_unexpected_lies_at_the_top():
    found = {p.name for p in ROOT.iterdir() if not p.name.startswith(".")}
    assert found - TOP_LEVEL - GENERATED == set()


@pytest.mark.parametrize(
    "text, expected",
    [
        ("#include <thread>\n", {"thread"}),
        ("# include <asio/ip/tcp.hpp>\n", {"asio/ip/tcp.hpp"}),
        ("auto t = std::chrono::steady_clock::now();", {"_clock::now"}),
        ("// std::chrono::steady_clock::now() is not asked here\n", set()),
        ("#include <sys/mman.h>\n", {"sys/mman.h"}),
        ("int strand(int); int x = strand(1);", set()),
    ],
)
def test_the_rule_about_the_world_sees_what_it_should(text, expected):
    touched = world_touched(ROOT / "cpp/data/table.cpp", text)
    assert touched == expected
    if expected == {"sys/mman.h"}:
        assert world_touched(ROOT / "cpp/data/arena.cpp", text) == set()
