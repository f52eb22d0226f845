"""The example of a course is built, installed into an empty environment, and used there."""

from __future__ import annotations

import importlib.util
import os
import shutil
import site
import venv

import pytest

from tests.house.source_tree import ROOT
from tests.support.document_blocks import shown_in
from tests.support.shells import run_command

EXAMPLE = ROOT / "docs" / "example-course"


@pytest.mark.slow
@pytest.mark.needs("ptrace")
def test_the_example_is_built_installed_and_used(tmp_path):
    if not all(map(importlib.util.find_spec, ("hatchling", "pip"))):
        pytest.skip("hatchling or pip is not installed: no wheel can be built")
    [tree] = shown_in("example-course/README.md", "text")
    while_writing, lines = shown_in("example-course/README.md")
    course, environment = tmp_path / "course", tmp_path / "environment"
    shutil.copytree(EXAMPLE, course)
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    # simpsh, its libraries and pip come from the environment that runs the tests.
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "simpsh.pth").write_text("\n".join((str(ROOT), *site.getsitepackages())) + "\n")

    simpsh = f'simpsh() {{ {python} -P -m simpsh "$@"; }}\n'
    # Nothing is downloaded, because hatchling is installed.
    own = {"PATH": f"{environment}/bin:{os.environ['PATH']}"}
    own |= {"PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_INDEX": "1"}

    def run(lines, folder):
        done = run_command(["sh", "-ec", simpsh + lines], cwd=folder, env=os.environ | own)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    names = [line.split()[0] for line in tree.splitlines()]
    assert all(any(EXAMPLE.parent.rglob(name)) for name in names), names
    output = run(while_writing, course / "fork_course")
    assert output.count(", 0 failed, 0 skipped") == 2, output
    (tmp_path / "submissions").mkdir()
    shutil.copy(EXAMPLE / "fork_course/exercises/one-child/solution.c", tmp_path / "submissions")
    build, *used = lines.splitlines()
    run(build, course)
    shutil.move(course / "dist", tmp_path)
    shutil.rmtree(course)
    output = run("\n".join(used), tmp_path)
    assert "status-of-a-child" in output
    assert "1 with full marks" in output
