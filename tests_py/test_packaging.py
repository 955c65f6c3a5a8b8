"""The package as others get it: the source distribution, pip install of it, an editable install."""

import os
import re
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
VERSION = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[1]
AS_IN_TESTS = "--config-settings=cmake.define.REPLSERVER_WERROR=ON"


def run(*command, **options):
    """Runs to its end; what it printed is shown if it fails."""
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=900, **options
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()


def environment(**changes):
    """Ours without what would make the package importable before it is installed.

    The compiler goes by the name that scripts/test calls it by, so that ccache has most objects.
    """
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "LD_PRELOAD")}
    ours = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "CCACHE_NOHASHDIR": "1"}
    return {"CXX": "c++", **kept, **ours, **changes}


def new_venv(path):
    venv.create(path, with_pip=True)
    return path / "bin"


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sdist")
    build = "import sys, scikit_build_core.build as b; print(b.build_sdist(sys.argv[1]))"
    name = run(sys.executable, "-c", build, folder, cwd=ROOT, env=environment()).splitlines()[-1]
    return folder / name


def test_the_source_distribution_holds_what_a_build_needs(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[-1] for name in archive.getnames()}
    tracked = {"CMakeLists.txt", "pyproject.toml", "LICENSE", "README.md", "python/CMakeLists.txt"}
    for folder, pattern in (("cpp", "*"), ("python", "*.[hc]pp"), ("python", "*.py*")):
        files = (p for p in (ROOT / folder).rglob(pattern) if p.is_file())
        tracked |= {p.relative_to(ROOT).as_posix() for p in files if "__pycache__" not in p.parts}
    assert tracked - names == set()


def test_the_source_distribution_holds_nothing_that_was_built(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert not [n for n in names if n.startswith(("build/", ".venv/")) or n.endswith((".so", ".o"))]


@pytest.mark.slow
def test_pip_installs_the_package_where_nothing_of_ours_is(sdist, tmp_path):
    programs = new_venv(tmp_path / "venv")
    run(programs / "pip", "install", AS_IN_TESTS, sdist, cwd=tmp_path,
        env=environment(CCACHE_BASEDIR=str(tmp_path), TMPDIR=str(tmp_path)))  # fmt: skip

    for program in ([programs / "replserver"], [programs / "python", "-m", "replserver"],
                    [programs / "replserver-server"]):  # fmt: skip
        assert VERSION in run(*program, "--version", cwd=tmp_path, env=environment())
    listing = run(programs / "pip", "show", "--files", "replserver", env=environment())
    assert "replserver/py.typed" in listing and "replserver/_core.pyi" in listing
    assert "bindings" not in listing and "libreplserver" not in listing


@pytest.mark.slow
def test_pip_installs_the_package_editably(tmp_path):
    programs = new_venv(tmp_path / "venv")
    # Without isolation the build uses this environment's tools: no second download, ccache's objects.
    tools = os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))
    run(programs / "pip", "install", "--no-build-isolation", "--no-deps",
        "--config-settings=build-dir=build/editable",
        AS_IN_TESTS, "-e", ROOT, env=environment(PYTHONPATH=tools))  # fmt: skip

    where = run(programs / "python", "-c", "import replserver; print(replserver.__file__)",
                cwd=tmp_path, env=environment())  # fmt: skip
    assert Path(where) == ROOT / "python/replserver/__init__.py"
    assert VERSION in run(programs / "replserver", "--version", cwd=tmp_path, env=environment())
