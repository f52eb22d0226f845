"""Tests find the same signals, groups and modes, wherever pytest was started."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from tests.support.inner_pytest import inner_pytest, run_inner_pytest
from tests.support.processes import (
    all_pids,
    children_of,
    command_of,
    kill_and_collect,
    wait_for_state,
    wait_until,
)
from tests.support.run_in_session import KEEPER_VARIABLE
from tests.support.shells import PROJECT

INHERITED = """
def test_signals_have_their_default_dispositions():
    for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM, signal.SIGTSTP, signal.SIGCHLD):
        assert signal.getsignal(number) == signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()

def test_a_child_can_be_stopped():
    child = subprocess.Popen(["sleep", "7801"], process_group=0)
    try:
        for number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
            os.kill(child.pid, number)
            info = os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WEXITED)
            assert (info.si_code, info.si_status) == (os.CLD_STOPPED, number)
            os.kill(child.pid, signal.SIGCONT)
    finally:
        child.kill()
        child.wait()

def test_the_runner_itself_can_be_stopped_as_its_group_is_not_orphaned():
    pid = os.fork()
    if pid == 0:
        os.kill(os.getpid(), signal.SIGTSTP)
        os._exit(0)
    info = os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert info.si_code == os.CLD_STOPPED

def test_new_files_have_the_usual_mode(tmp_path):
    (tmp_path / "file").touch()
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644
"""

STARTS = {
    "in the background of a script without hangups": ("nohup", "sh", "-c", '"$@" & wait $!', "sh"),
    "in a session of its own": ("setsid", "--wait"),
    "with signals ignored and a mode mask": (
        *("sh", "-c", 'umask 077; trap "" HUP INT QUIT TERM TSTP CHLD; exec "$@"', "sh"),
    ),
}


def with_signals_blocked():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGCHLD])


@pytest.mark.parametrize(
    ("start", "options"),
    [*((start, ()) for start in STARTS), ("with signals ignored and a mode mask", ("-n", "1"))],
)
def test_tests_inherit_the_same_state_from_every_starter(tmp_path, start, options):
    # A script's shell would wait for ever for a child whose signal is blocked.
    block = with_signals_blocked if "script" not in start else None
    before = STARTS[start]
    status, text = run_inner_pytest(tmp_path, INHERITED, *options, before=before, preexec_fn=block)
    assert (status, "4 passed" in text) == (0, True), text


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's tests are shut in")


@needs_root
@pytest.mark.parametrize("options", [(), ("--pdb",)], ids=["usual", "pdb"])
def test_kill_minus_1_ends_no_process_outside_the_run(tmp_path, options):
    if os.readlink("/proc/1/exe") != os.readlink("/proc/self/exe"):
        pytest.skip("no PID namespace can be made here")
    text = (
        "def test_it():\n"
        f"    assert os.readlink('/proc/self/ns/pid') != '{os.readlink('/proc/self/ns/pid')}'\n"
        "    subprocess.run(['sh', '-c', 'kill -9 -1'])\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != KEEPER_VARIABLE}
    with subprocess.Popen(["sleep", "7810"]) as outside:
        status, shown = run_inner_pytest(tmp_path, text, *options, env=environment)
        assert outside.poll() is None
        outside.kill()
    # With --pdb the run is the first process of the namespace, which `kill -9 -1` spares.
    assert status == (0 if options else 128 + signal.SIGKILL), shown


def sleeping(argument):
    return [pid for pid in all_pids() if command_of(pid) == f"sleep {argument}"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_ends_pytest_ends_the_run(tmp_path, number):
    text = f"def test_it():\n    subprocess.run(['sleep', '780{int(number)}'])\n"
    with subprocess.Popen(
        inner_pytest(tmp_path, text), cwd=PROJECT, stdout=subprocess.DEVNULL
    ) as process:
        wait_until(lambda: sleeping(f"780{int(number)}"), "the inner test runs", 30)
        process.send_signal(number)
        status = process.wait(30)
    assert status == {signal.SIGINT: 2, signal.SIGTERM: 128 + signal.SIGTERM}[number]
    kill_and_collect(lambda: children_of(os.getpid()))  # orphans, adopted by this process


def test_a_killed_pytest_takes_its_run_with_it(tmp_path):
    noted = tmp_path / "noted"
    text = f"def test_it():\n    open({str(noted)!r}, 'w').write('here')\n    time.sleep(50)\n"
    command = inner_pytest(tmp_path, text)
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL) as process:
        wait_until(noted.exists, "the inner test runs", 30)
        [keeper] = children_of(process.pid)
        [run] = children_of(keeper)
        process.kill()
    # Both are now our children, and each was killed when its parent ended.
    for pid in (keeper, run):
        wait_for_state(pid, "Z")
        os.waitpid(pid, 0)
