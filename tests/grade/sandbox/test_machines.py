"""Machines that may grade: what they lack is said before anything runs, and no one is blamed."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from simpsh.process.machine_permits import missing
from simpsh.process.own_directory import remove_tree
from tests.grade.two_children import RIGHT
from tests.harness.sh import PROJECT, run_command, simpsh_command
from tests.support.needed_programs import require

SIMPSH = simpsh_command()
CLASS = ["grade", "--exercise", "two-children", "submissions"]
TOGETHER = "memory of all its processes together"
IN_NAMESPACE = ["unshare", "-m", "sh", "-c"]
# If the sandbox has a hole, no other process is hit.
APART = ["unshare", "-pf", "--kill-child", "--mount-proc"]
needs_namespaces = pytest.mark.skipif(
    os.geteuid() != 0
    or not shutil.which("unshare")
    or bool(missing("ptrace"))
    or subprocess.run([*APART, "umount", "-l", "/proc"], capture_output=True).returncode != 0,
    reason="root is needed, with namespaces and ptrace",
)


@pytest.fixture
def handed(tmp_path):
    (tmp_path / "submissions").mkdir()
    (tmp_path / "submissions" / "one.py").write_text("pass\n")
    return tmp_path


@needs_namespaces
def test_without_proc_one_line_reports_that_and_help_works(handed):
    script = 'while umount -l /proc 2>/dev/null; do :; done; exec "$@"'
    without_proc = [*IN_NAMESPACE, script, "sh", *SIMPSH]
    for words in (CLASS, ["doctor"], ["lesson", "run", "zombie"], ["trace", "true"]):
        done = run_command([*without_proc, *words], cwd=handed)
        assert done.returncode == 1
        assert done.stderr == (
            "simpsh: /proc is not mounted here, and simpsh needs it to see processes: "
            "mount -t proc proc /proc\n"
        )
    assert not (handed / "results").exists()
    done = run_command([*without_proc, "doctor", "--help"], cwd=handed)
    assert done.returncode == 0
    assert "usage: simpsh doctor" in done.stdout


@needs_namespaces
def test_a_full_disk_leaves_no_file_with_half_a_result(handed):
    full = handed / "full"
    full.mkdir()
    script = (
        "mount -t tmpfs -o size=16k tmpfs full && dd if=/dev/zero of=full/fill bs=4k 2>/dev/null;"
        ' "$@"; status=$?; find full -type f; exit $status'
    )
    argv = [*SIMPSH, "grade", "--check", "true", "--sandbox", "none", "-o", "full/results"]
    done = run_command([*IN_NAMESPACE, script, "sh", *argv, "submissions"], cwd=handed)
    assert done.returncode == 1
    assert done.stdout == "full/fill\n"
    (line,) = done.stderr.splitlines()
    assert line.startswith("simpsh: ")
    assert "No space left on device" in line


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


@needs_namespaces
@pytest.mark.timeout(150)
def test_all_processes_together_have_no_more_memory_than_one_may_have(handed):
    (handed / "submissions" / "memory.py").write_text(MEMORY)
    limits = "[limits]\nmemory = 200\nfile-size = 8\n"
    (handed / "lab.toml").write_text(f"check = '{sys.executable}'\n{limits}")
    words = ["grade", "--assignment", "lab.toml", "submissions"]
    done = run_command([*APART, *SIMPSH, *words], cwd=handed)
    if TOGETHER in done.stdout:
        pytest.skip("no memory controller: the report says so")
    assert "1/1  memory.py" in done.stdout, done.stdout


@needs_namespaces
@pytest.mark.timeout(150)
def test_a_machine_with_little_isolation_is_refused_before_anything_runs(handed):
    require("setpriv")
    witness = handed / "witness"
    (handed / "submissions" / "good.py").write_text(f"open({str(witness)!r}, 'w')\n{RIGHT}")
    plain = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    argv = [*APART, *plain, *SIMPSH, *CLASS[:-1]]
    done = run_command([*argv, "submissions"], cwd=handed)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "simpsh: grade: nothing was run: this machine does not keep apart " in done.stderr
    for words in (
        "process ids",
        "network",
        "a submission could ",
        "CAP_SYS_ADMIN",
        "--sandbox none",
    ):
        assert words in done.stderr
    assert not witness.exists()
    assert os.listdir(handed / "results") == []
    done = run_command([*argv, "--sandbox", "none", "submissions"], cwd=handed)
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert last.startswith("not isolated: ")
    assert "process ids" in last


ALLOWED = {
    TOGETHER,
    "what Landlock guards",
    # A directory that an overlay cannot show.
    "sockets of other programs",
}


@pytest.mark.needs("ptrace")
@pytest.mark.timeout(300)
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
