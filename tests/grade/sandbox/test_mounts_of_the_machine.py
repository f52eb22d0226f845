"""Whatever is mounted where submissions look, they change nothing of it, and see no process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from simpsh.process.own_directory import remove_tree
from tests.harness.sh import PROJECT
from tests.support.needed_programs import require

pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.timeout(300)]

ALLOWED = {
    "memory of all its processes together",
    "what Landlock guards",
    # A directory that an overlay cannot show.
    "sockets of other programs",
}


@pytest.mark.usual("private")
@pytest.mark.long("mounts of every kind are made twice")
@pytest.mark.parametrize("propagation", ["private", "shared"])
def test_a_submission_among_mounts_of_every_kind_changes_none_of_them(propagation):
    require("unshare")
    if os.geteuid() != 0 or not os.access("/opt", os.W_OK):
        pytest.skip("mounting in /opt needs root")
    top = Path(tempfile.mkdtemp(dir="/opt", prefix="simpsh-mounts-"))
    top.chmod(0o755)
    words = ["unshare", "-m", "--propagation", propagation, sys.executable, "-m"]
    words += ["tests.grade.sandbox.graded_among_mounts", str(top)]
    try:
        done = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=False)
    finally:
        remove_tree(str(top))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    if not answer["report"]:
        # Such a machine is refused before anything runs.
        assert "nothing was run: this machine does not keep apart " in answer["said"]
        pytest.skip(answer["said"])
    assert answer["changed"] == []
    assert len(answer["rows"]) > len(answer["lacking"])
    (result,) = json.loads(answer["report"])["submissions"]
    found = json.loads(result["feedback"])
    assert found["seen"]
    assert (found["changed"], found["pids"]) == ([], [])
    assert {*result["not_isolated"]} <= ALLOWED
