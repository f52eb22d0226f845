"""The example of a course is built, installed into an empty environment, and used there."""

from __future__ import annotations

import importlib.util
import shutil
import site
import subprocess
import sys
import venv

import pytest

from simpsh.process.machine_permits import why_no_tracing
from tests.house.source_tree import ROOT
from tests.support.shells import run_command

EXAMPLE = ROOT / "docs" / "example-course"


@pytest.mark.slow
def test_the_example_is_built_installed_and_used(tmp_path):
    if not all(map(importlib.util.find_spec, ("hatchling", "pip"))):
        pytest.skip("hatchling or pip is not installed: no wheel can be built")
    if reason := why_no_tracing():
        pytest.skip(reason)
    course, dist, place = tmp_path / "course", tmp_path / "dist", tmp_path / "environment"
    shutil.copytree(EXAMPLE, course)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(dist)]
    subprocess.run(build, cwd=course, check=True, capture_output=True)
    (wheel,) = dist.iterdir()
    shutil.rmtree(course)
    venv.create(place, with_pip=False)
    python = place / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True, cwd=tmp_path)
    # simpsh itself and its libraries are those that are tested.
    (packages,) = place.glob("lib/python*/site-packages")
    (packages / "simpsh.pth").write_text("\n".join((str(ROOT), *site.getsitepackages())) + "\n")

    def simpsh(*words):
        done = run_command([str(python), "-P", "-m", "simpsh", *words], cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "status-of-a-child" in simpsh("lesson", "list")
    assert "one-child" in simpsh("lesson", "exercise", "list")
    assert "status-of-a-child" in simpsh("lesson", "check", "status-of-a-child")
