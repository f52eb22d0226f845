"""Tests find the same signals, groups and modes, wherever pytest was started."""

import os
import signal
import subprocess

import pytest

from tests.harness.process import children_of, wait_for_state, wait_until
from tests.harness.sh import PROJECT
from tests.support.inner_pytest import inner_pytest, run_inner_pytest
from tests.support.run_in_session import IS_INSIDE

INHERITED = """
def test_it(tmp_path):
    for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM, signal.SIGTSTP, signal.SIGCHLD):
        assert signal.getsignal(number) == signal.SIG_DFL
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()
    (tmp_path / "file").touch()
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644
    # The group of the run is not orphaned: a stop signal stops a member.
    child = subprocess.Popen(["sleep", "7801"])
    os.kill(child.pid, signal.SIGTSTP)
    assert os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WEXITED).si_code == os.CLD_STOPPED
    child.kill()
    child.wait()
"""


@pytest.mark.parametrize(
    "start",
    [
        ("nohup", "sh", "-c", '"$@" & wait $!', "sh"),
        ("setsid", "--wait"),
        ("sh", "-c", 'umask 077; trap "" HUP INT QUIT TERM TSTP CHLD; exec "$@"', "sh"),
    ],
    ids=["nohup", "setsid", "signals ignored"],
)
def test_tests_inherit_the_same_state_from_every_starter(tmp_path, start):
    status, text = run_inner_pytest(tmp_path, INHERITED, before=start)
    assert (status, "1 passed" in text) == (0, True), text


@pytest.mark.needs("root", "namespaces")
@pytest.mark.parametrize("options", [(), ("--pdb",)], ids=["usual", "pdb"])
def test_kill_minus_1_ends_no_process_outside_the_run(tmp_path, options):
    text = (
        "def test_it():\n"
        f"    assert os.readlink('/proc/self/ns/pid') != '{os.readlink('/proc/self/ns/pid')}'\n"
        "    subprocess.run(['sh', '-c', 'kill -9 -1'])\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != IS_INSIDE}
    with subprocess.Popen(["sleep", "7810"]) as outside:
        status, shown = run_inner_pytest(tmp_path, text, *options, env=environment)
        assert outside.poll() is None
        outside.kill()
    # With --pdb the run is the first process of the namespace, which `kill -9 -1` spares.
    assert status == (0 if options else 128 + signal.SIGKILL), shown


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 2), (signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGKILL, -signal.SIGKILL)],
)
def test_a_signal_that_ends_pytest_ends_the_run(tmp_path, number, status):
    noted = tmp_path / "noted"
    text = f"def test_it():\n    open({str(noted)!r}, 'w').write('here')\n    time.sleep(50)\n"
    command = inner_pytest(tmp_path, text)
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL) as process:
        wait_until(noted.exists, "the inner test runs", 30)
        [keeper] = children_of(process.pid)
        [run] = children_of(keeper)
        process.send_signal(number)
        assert process.wait(30) == status
    # After SIGKILL both are our children: each was killed when its parent ended.
    for pid in (keeper, run) if number == signal.SIGKILL else ():
        wait_for_state(pid, "Z")
        os.waitpid(pid, 0)
