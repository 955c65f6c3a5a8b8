"""What README.md and docs/ show is run here: Python as it stands, the shell with the answers it promises."""

import os
import re
import sys
from pathlib import Path

import pytest

from harness import names_of_tests, run, run_python

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^```python\n# (\w+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)  # of a page's tests
BLOCKS = [
    pytest.param(page, language, text, id=f"{page.name}-{number}")
    for page in PAGES
    for number, (language, text) in enumerate(BLOCK.findall(page.read_text()), 1)
]


def steps_of(session):
    """("command", "what it must print") of a console session."""
    for step in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, _, output = step.partition("\n")
        yield command, output


def run_tests(page, text, folder):
    """As a reader's own tests: with the plugin that comes with the package, and the page's files."""
    for name, content in FILE.findall(page.read_text()):
        (folder / name).write_text(content)
    (folder / "test_shown.py").write_text(text)
    options = ("-q", "-p", "replserver.pytest_plugin", "-p", "no:cacheprovider", "test_shown.py")
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    run(sys.executable, "-m", "pytest", *options, cwd=folder, env=environment)


def serve(start):
    """What scripts/serve becomes once everything is built; on a free port."""
    server = start("--port", "0")
    server.wait_for("Ready to accept connections tcp")
    return server.wait_for(r"port=(\d+)")[1]


@pytest.mark.parametrize(("page", "language", "text"), BLOCKS)
def test_an_example_does_what_it_shows(page, language, text, start, tmp_path):
    if re.search("^def test_", text, re.MULTILINE):
        run_tests(page, text, tmp_path)
        return
    if language == "python":
        run_python(text)
        return
    shown_port = port = ""
    for command, output in steps_of(text):
        if command.startswith("scripts/serve"):
            shown_port, port = re.search(r"--port (\d+)", command)[1], serve(start)
            continue
        if shown_port:
            command = command.replace(f"-p {shown_port}", f"-p {port}")
        done = run("bash", "-c", command, cwd=ROOT)
        if output:  # redis-cli leaves out its quotes when it talks to no terminal
            assert done.stdout.split() == output.replace('"', "").split()


def test_each_guarantee_names_tests_that_are_there():
    there = names_of_tests()
    page = (ROOT / "docs" / "guarantees.md").read_text()
    rows = re.findall(r"^\| ([^|\s][^|]*) \| ([^|]*) \|$", page, re.MULTILINE)
    assert len(rows) > 20 and len(rows) == page.count("\n| ") - page.count("\n| | shown by |")
    for promise, shown in rows:
        names = set(re.findall(r"`([^`]+)`", shown))
        assert names and names <= there, f"{promise}: {names - there or 'no test'}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
