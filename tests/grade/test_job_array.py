"""A class as an array of Slurm: one of two workers is lost in the middle, and no result is."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.grade.confinement import GRADE, accepted
from tests.grade.two_children import IN_C, ONE_WAIT, RIGHT
from tests.support.shells import run_command

SCRIPT = Path(__file__).with_name("job_array.sh")


@pytest.mark.long("judges 2,000 submissions; where Slurm and munge are installed")
@pytest.mark.timeout(3600)
def test_a_worker_is_lost_and_each_submission_has_one_result(tmp_path):
    if os.geteuid() or not all(map(shutil.which, ("slurmctld", "slurmd", "munged", "unshare"))):
        pytest.skip("root is needed, with slurm-wlm and munge")
    points = {}
    (tmp_path / "submissions").mkdir()
    for number in range(2000):
        end, text, worth = (("c", IN_C, 7), ("py", RIGHT, 7), ("py", ONE_WAIT, 4))[number % 3]
        points[f"{number}.{end}"] = worth
        comment = f"{'//' if end == 'c' else '#'} {number}\n"
        (tmp_path / "submissions" / f"{number}.{end}").write_text(text + comment)
    judge = [*GRADE, *accepted(), "-q", "--exercise", "two-children", "-j", "1"]
    argv = ["unshare", "-pf", "--kill-child", "--mount-proc", SCRIPT, tmp_path, "20", *judge]
    done = run_command(argv, timeout=3500)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n1 part was started again\n" in done.stdout, done.stdout
    assert "\nwhat was there before was not judged again\n" in done.stdout, done.stdout
    merge = [*GRADE, "merge", "--of", "submissions", "--format", "json", "results"]
    found = json.loads(run_command(merge, cwd=tmp_path).stdout)["submissions"]
    assert {one["name"]: one["points"] for one in found} == points
