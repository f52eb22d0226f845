"""The kernel as Jupyter runs it: the suite of jupyter_kernel_test, and no leftovers."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.harness.sh import run_command, simpsh_command

SUITE = Path(__file__).parent / "programs" / "kernel_suite.py"


def run(*argv, cwd=None, **environment):
    return run_command(argv, cwd=cwd, env=os.environ | environment)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder below which the kernel is installed."""
    pytest.importorskip("ipykernel", reason="the kernel needs ipykernel: pip install ipykernel")
    prefix = tmp_path_factory.mktemp("prefix")
    done = run(*simpsh_command(), "jupyter", "install", "--prefix", str(prefix))
    assert done.returncode == 0, done.stderr
    return prefix


def test_the_kernelspec_names_this_simpsh_and_has_logos(installed):
    folder = installed / "share/jupyter/kernels/simpsh"
    spec = json.loads((folder / "kernel.json").read_text())
    assert spec["argv"] == [
        *(sys.executable, "-P", "-m", "simpsh", "jupyter", "kernel", "-f", "{connection_file}")
    ]
    assert spec["display_name"] == "simpsh"
    assert (folder / "logo-64x64.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (folder / "logo-svg.svg").read_text()


def test_the_suite_passes_and_leaves_no_process(installed, tmp_path):
    # The fixture `nothing_left_behind` finds leftovers.
    pytest.importorskip("jupyter_kernel_test", reason="pip install jupyter_kernel_test")
    done = run(
        *(sys.executable, str(SUITE)),
        cwd=tmp_path,
        JUPYTER_PATH=str(installed / "share/jupyter"),
        JUPYTER_RUNTIME_DIR=str(tmp_path),
        JUPYTER_PLATFORM_DIRS="1",
        PYDEVD_DISABLE_FILE_VALIDATION="1",
    )
    assert done.returncode == 0, done.stderr
    assert "test_completion" in done.stderr
    assert "skipped" not in done.stderr


def test_without_the_libraries_one_line_names_them(tmp_path):
    (tmp_path / "jupyter_client").mkdir()
    (tmp_path / "jupyter_client/__init__.py").write_text("raise ImportError('no', name='jupyter')")
    done = run(*simpsh_command(), "jupyter", "install", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == (
        "simpsh: jupyter is not installed; type in a copy of the source: pip install '.[jupyter]' "
        "(with a wheel: pip install 'FILE.whl[jupyter]')\n"
    )


def test_commands_for_jupyter_are_hidden_from_people():
    for words in (["kernel"], ["shell"], ["shell", "x"], ["nothing"], []):
        done = run(*simpsh_command(), "jupyter", *words)
        assert done.returncode == 2
        assert done.stderr.startswith("simpsh: jupyter")
