"""The example of a course is written and used as its page says."""

import shutil
import sys

import pytest

from tests.harness.sh import run_command
from tests.house.source_tree import ROOT
from tests.spec.documents import shown_in

EXAMPLE = ROOT / "docs" / "example-course" / "fork_course"


@pytest.mark.long("makes an environment, and installs the example into it")
@pytest.mark.needs("ptrace", "compiler")
def test_the_example_is_written_and_used(tmp_path):
    [tree] = shown_in("example-course/README.md", "text")
    names = [line.split()[0] for line in tree.splitlines()]
    assert all(any(EXAMPLE.parent.rglob(name)) for name in names), names
    shutil.copytree(EXAMPLE, course := tmp_path / "fork_course")
    (tmp_path / "submissions").mkdir()
    shutil.copy(EXAMPLE / "exercises/one-child/solution.c", tmp_path / "submissions")
    outputs = []
    for lines, folder in zip(shown_in("example-course/README.md"), (course, tmp_path), strict=True):
        simpsh = f'simpsh() {{ {sys.executable} -P -m simpsh "$@"; }}\n'
        done = run_command(["sh", "-ec", simpsh + lines], cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
        outputs.append(done.stdout)
    written, used = outputs
    assert written.count(", 0 failed, 0 skipped") == 2, written
    assert "status-of-a-child" in used
    assert "1 with full marks" in used
