"""The kernel as Jupyter runs it: the suite of jupyter_kernel_test, and no leftovers."""

import json
import sys
from pathlib import Path

import pytest

from tests.harness.sh import run_command, run_simpsh

SUITE = Path(__file__).parent / "programs" / "kernel_suite.py"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder below which the kernel is installed."""
    pytest.importorskip("ipykernel", reason="the kernel needs ipykernel: pip install ipykernel")
    prefix = tmp_path_factory.mktemp("prefix")
    variables = {"JUPYTER_DATA_DIR": f"{prefix}/share/jupyter"}
    run_simpsh("jupyter", "install", variables=variables, status=0)
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
    variables = {
        "JUPYTER_PATH": str(installed / "share/jupyter"),
        "JUPYTER_RUNTIME_DIR": str(tmp_path),
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    done = run_command([sys.executable, SUITE], cwd=tmp_path, variables=variables)
    assert done.returncode == 0, done.stderr
    assert "test_execute_stdout" in done.stderr
    assert "skipped" not in done.stderr
