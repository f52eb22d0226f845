"""The watch over tests reports leftover processes, descriptors, directories and signal masks."""

import re

from tests.support.inner_pytest import run_inner_pytest

LEAVING = """
from tests.harness.process import children_of, name_of, wait_until

def test_zombie():
    pid = os.spawnlp(os.P_NOWAIT, "true", "true")
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

def test_orphan_in_a_session_of_its_own():
    subprocess.run(["sh", "-c", "setsid sleep 772 >/dev/null 2>&1 &"], check=True)
    wait_until(lambda: [*map(name_of, children_of(os.getpid()))] == ["sleep"], "sleep")

def test_descriptor():
    os.open("/dev/null", os.O_RDONLY)

@pytest.mark.leaves("processes")
def test_that_may_leave_it():
    os.posix_spawnp("sleep", ["sleep", "773"], os.environ)

@pytest.mark.timeout(1)
def test_that_times_out():
    subprocess.run(["sh", "-c", "sleep 774 & wait"])

def test_after():
    assert open(f"/proc/self/task/{os.getpid()}/children").read() == ""

def test_directory():
    os.chdir("/")

def test_mask():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])

def test_escape():
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
"""


def test_what_a_test_leaves_fails_it_unless_allowed(tmp_path):
    status, text = run_inner_pytest(tmp_path, LEAVING)
    assert status == 1
    # A process killed at the deadline may still be a zombie.
    errors = {*re.findall(r"^ERROR \S*::(\w+)", text, re.MULTILINE)} - {"test_that_times_out"}
    assert sorted(errors) == [
        *("test_descriptor", "test_directory", "test_escape", "test_mask"),
        *("test_orphan_in_a_session_of_its_own", "test_zombie"),
    ], text
    assert re.findall(r"^FAILED \S*::(\w+)", text, re.MULTILINE) == ["test_that_times_out"]
    for complaint in (
        *("sleep 772", " Z [true]", "-> /dev/null", "directory: /", "signals: [14]", "Timeout"),
        "a forked child escaped from",
    ):
        assert complaint in text
