"""The memory limit of a submission, and machines that may grade.

The tests run inside one more PID namespace: if the sandbox has a hole, no other process is hit.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from simpsh.process.machine_permits import missing
from tests.grade.confinement import GRADE
from tests.grade.two_children import RIGHT
from tests.harness.sh import run_command
from tests.support.needed_programs import require

OUTER = ["unshare", "-pf", "--kill-child", "--mount-proc"]


def _is_possible() -> bool:
    if os.geteuid() != 0 or missing("ptrace") or not shutil.which("unshare"):
        return False
    return subprocess.run([*OUTER, "true"], capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.skipif(not _is_possible(), reason="root is needed, with namespaces and ptrace"),
    pytest.mark.timeout(150),
]

TOGETHER = "memory of all its processes together"

MEMORY = """\
import os, signal
children = []
for _ in range(12):
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        held = bytearray(120 << 20)
        held[::4096] = b"x" * len(held[::4096])
        signal.pause()
    children.append(pid)
pid, status = os.wait()
for one in children:
    if one != pid:
        os.kill(one, signal.SIGTERM)
raise SystemExit(0 if status == signal.SIGKILL else "no process was stopped")
"""


def test_all_processes_together_have_no_more_memory_than_one_may_have(tmp_path):
    handed = tmp_path / "submissions"
    handed.mkdir()
    (handed / "memory.py").write_text(MEMORY)
    check = ["--check", sys.executable, "--memory", "200", "--file-size", "8", "submissions"]
    done = run_command([*OUTER, *GRADE, *check], cwd=tmp_path)
    if TOGETHER in done.stdout:
        pytest.skip("no memory controller: the report says so")
    assert "1/1  memory.py" in done.stdout, done.stdout


def test_a_machine_with_little_isolation_is_refused_before_anything_runs(tmp_path):
    require("setpriv")
    (tmp_path / "submissions").mkdir()
    witness = tmp_path / "witness"
    (tmp_path / "submissions" / "good.py").write_text(f"open({str(witness)!r}, 'w')\n{RIGHT}")
    plain = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    argv = [*OUTER, *plain, *GRADE, "--exercise", "two-children"]
    done = run_command([*argv, "submissions"], cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "simpsh: grade: nothing was run: this machine does not keep apart " in done.stderr
    for words in ("process ids", "network", "a submission could ", "CAP_SYS_ADMIN", "--unconfined"):
        assert words in done.stderr
    assert not witness.exists()
    assert os.listdir(tmp_path / "results") == []
    done = run_command([*argv, "--unconfined", "submissions"], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert last.startswith("not isolated: ")
    assert "process ids" in last
