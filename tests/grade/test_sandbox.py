"""The part of the machine that a submission sees; its memory; users who may grade.

All of it happens inside one more PID namespace: should the sandbox have a hole, no other process
is hit.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from simpsh.process.machine_permits import missing
from tests.grade.confinement import GRADE
from tests.grade.two_children import RIGHT
from tests.support.shells import run_command

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

PROBE = """\
import os, sys
known = ("PATH", "HOME", "LC_ALL", "LANG", "LC_CTYPE", "SIMPSH_RUN", "SIMPSH_PATIENCE")
found = [name for name in os.environ if name not in known]
assert not found, f"variables {found}"
assert os.environ.get("SIMPSH_PATIENCE") == "3", "how slow the machine is"
assert 0 not in os.getresuid() and 0 not in os.getgroups(), "root"
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0, "capabilities"
assert int(status["CapBnd"], 16) == 0 or int(status["NoNewPrivs"]) == 1, "new privileges"
assert len([name for name in os.listdir("/proc") if name.isdigit()]) < 6, "neighbours"
assert not os.path.exists("HIDDEN"), "the class"
try:
    import simpsh.cli.command_line
    raise SystemExit("the grader itself, which is a shell")
except ImportError:
    pass
assert open("/proc/net/dev").read().count(":") == 1, "network"
for place in ("/", "/etc", "/var", os.path.dirname(sys.executable)):
    assert not os.access(place, os.W_OK), f"{place} can be written"
with open("mine", "w") as file:
    file.write("fine")
print("nothing")
"""


@pytest.fixture
def elsewhere():
    """A directory that is not below /tmp, where everything is hidden anyway."""
    place = Path(tempfile.mkdtemp(dir="/var/lib", prefix="simpsh-tests-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def test_inside_there_is_no_neighbour_no_secret_no_network_and_no_root(elsewhere):
    handed = elsewhere / "submissions"
    handed.mkdir()
    (handed / "probe.py").write_text(PROBE.replace("HIDDEN", str(elsewhere)))
    done = run_command(
        [*OUTER, *GRADE, "--check", sys.executable, "submissions"],
        cwd=elsewhere,
        env=os.environ | {"SECRET_TOKEN": "x", "SIMPSH_PATIENCE": "3"},
    )
    assert "1/1  probe.py" in done.stdout, done.stdout


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


@pytest.mark.slow
def test_all_processes_together_have_no_more_memory_than_one_may_have(tmp_path):
    handed = tmp_path / "submissions"
    handed.mkdir()
    (handed / "memory.py").write_text(MEMORY)
    check = ["--check", sys.executable, "--memory", "200", "--file-size", "8", "submissions"]
    done = run_command([*OUTER, *GRADE, *check], cwd=tmp_path)
    if TOGETHER in done.stdout:
        pytest.skip("no memory controller: the report says so")
    assert "1/1  memory.py" in done.stdout, done.stdout


@pytest.mark.slow
def test_a_machine_that_keeps_little_apart_is_refused_before_anything_runs(tmp_path):
    if not shutil.which("setpriv"):
        pytest.skip("setpriv is not here")
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
