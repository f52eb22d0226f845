"""PidFd: waiting, polling and signalling, never for a process with a reused pid."""

import asyncio
import copy
import errno
import gc
import math
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import warnings

import pytest

from simpsh import AsyncPidFd, Exited, ExitInfo, Killed, NotSupported, PidFd, snapshot, until_state
from simpsh.kernel import signals, wait_calls
from simpsh.kernel.machine import syscall_table
from tests.harness.process import (
    fork_child,
    gated,
    in_private_pid_namespace,
    run_alone,
    sleep_for_ever,
    wait_until,
)

# -- PidFd -------------------------------------------------------------------------------------


def test_wait_returns_status_uid_code_and_usage():
    pid = fork_child(lambda: sum(range(2_000_000)) and 7)
    with PidFd.open(pid) as process:
        info = process.wait()
        assert isinstance(info, ExitInfo)
        assert (info.pid, info.status, info.uid) == (pid, Exited(7), os.getuid())
        assert info.code == os.CLD_EXITED
        assert info.rusage.ru_utime + info.rusage.ru_stime > 0
        assert info.rusage.ru_maxrss > 1000
        assert process.wait() is info
        with pytest.raises(ProcessLookupError, match=f"process {pid} has ended and was collected"):
            process.send_signal(signal.SIGTERM)
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, 0)
    with pytest.raises(ProcessLookupError, match=f"there is no process {pid}"):
        PidFd.open(pid)


def test_polling_collects_nothing_and_a_zombie_takes_any_signal():
    pid, gate = gated()
    with PidFd.open(pid) as process:
        assert os.get_inheritable(process.fileno()) is False
        assert process.poll(0.01) is False
        for number in (-1, 65, 1000):
            with pytest.raises(ValueError, match="no signal"):
                process.send_signal(number)
        for number in (1.5, 9.0, "9", None):
            with pytest.raises(TypeError):
                process.send_signal(number)
        assert process.poll(0) is False
        os.close(gate)
        assert select.select([process], [], [], 30)[0] == [process]
        # Time limits may be arbitrarily large.
        for limit in (None, 0, math.inf, 2_147_484, 1e300):
            assert process.poll(limit) is True
        for limit in (math.inf, 2_147_484, 1e300):
            assert until_state(pid, "Z", deadline_seconds=limit).pid == pid
        process.send_signal(0)
        process.send_signal(signal.SIGKILL)
        assert process.wait().status == Exited(0)
    with pytest.raises(ValueError, match=f"the pidfd of process {pid} is closed"):
        process.fileno()
    process.close()


@pytest.mark.parametrize("kind", [PidFd, AsyncPidFd])
def test_other_modules_collect_their_own_children(kind):
    with subprocess.Popen(["true"]) as popen:
        with pytest.raises(TypeError, match="is collected by its own module: wait with that"):
            kind.open(popen)
        with PidFd.open(popen.pid) as process:
            assert process.poll(60)
        assert popen.wait() == 0


def test_a_threads_id_is_explained():
    may_end = threading.Event()
    thread = threading.Thread(target=may_end.wait)
    thread.start()
    try:
        with pytest.raises(OSError, match=r"pidfd") as caught:
            PidFd.open(thread.native_id)
    finally:
        may_end.set()
        thread.join()
    name = snapshot(os.getpid()).comm
    assert caught.value.errno == errno.EINVAL
    assert str(caught.value) == (
        f"[Errno 22] {thread.native_id} is a thread of process {os.getpid()} ({name}), and a pidfd "
        f"means a whole process: open it for {os.getpid()}"
    )


@pytest.mark.parametrize("pid", [1 << 31, 1 << 40, 1 << 70])
def test_a_number_too_great_for_a_pid_means_no_process(pid):
    with pytest.raises(ProcessLookupError, match=f"no process {pid}"):
        PidFd.open(pid)


@pytest.mark.parametrize("pid", [0, -1])
def test_a_group_is_no_process(pid):
    with pytest.raises(ValueError, match="no process id"):
        PidFd.open(pid)


def test_several_threads_wait_for_one_child():
    pid, gate = gated(5)
    with PidFd.open(pid) as process:
        found = []
        threads = [threading.Thread(target=lambda: found.append(process.wait())) for _ in range(4)]
        for thread in threads:
            thread.start()
        os.close(gate)
        for thread in threads:
            thread.join()
        assert [info.status for info in found] == [Exited(5)] * 4


def test_a_time_limit_may_be_infinite_but_not_nan():
    with PidFd.open(os.getpid()) as process:
        assert process.poll(-math.inf) is False
        with pytest.raises(ValueError, match="not NaN"):
            process.poll(math.nan)


def test_a_pidfd_is_not_copied_and_one_that_is_left_open_warns_and_is_closed():
    process = PidFd.open(os.getpid())
    number = process.fileno()
    for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match=f"owns its descriptor.*process {os.getpid()}"):
            duplicate(process)
    os.fstat(number)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del process
        gc.collect()
    assert [str(one.message) for one in caught] == [
        f"unclosed PidFd(pid={os.getpid()}, descriptor={number})"
    ]
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


@pytest.mark.parametrize("options", [(), ("-W", "default"), ("-W", "error")], ids=" ".join)
def test_a_pidfd_left_open_at_interpreter_exit_causes_no_error(options):
    for place in ("kept = {0}", "import sys; sys.kept = {0}", "me = {0}; me.me = me"):
        opened = place.format("Own.open(os.getppid())")
        script = f"import os, simpsh\nclass Own(simpsh.PidFd): pass\n{opened}"
        argv = [sys.executable, *options, "-c", script]
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
        assert "ImportError" not in done.stderr
        if not options:
            assert done.stderr == ""
        if "default" in options:
            # An object that is freed after sys has been cleared cannot warn.
            has_warned = "ResourceWarning: unclosed Own(pid=" in done.stderr
            assert has_warned is ("sys.kept" not in place)
            assert "Exception ignored" not in done.stderr


def test_a_handler_that_raises_interrupts_the_wait_and_the_child_stays():
    def body():
        signal.signal(signal.SIGUSR1, signal.default_int_handler)
        me = os.getpid()

        def sends():
            until_state(me, "S")
            wait_until(lambda: "poll" in snapshot(me).wchan, "the wait has begun")
            os.kill(me, signal.SIGUSR1)
            sleep_for_ever()

        pid = fork_child(sends)
        with PidFd.open(pid) as process:
            with pytest.raises(KeyboardInterrupt):
                process.wait()
            process.send_signal(signal.SIGKILL)
            assert process.wait().status == Killed(9)

    run_alone(body)


def test_a_missing_call_raises_one_clear_error(monkeypatch):
    monkeypatch.delattr(os, "pidfd_open")
    with pytest.raises(NotSupported, match=r"pidfd_open is missing here; Linux 5\.3"):
        PidFd.open(os.getpid())
    monkeypatch.delattr(signals._signal, "pidfd_send_signal")
    with pytest.raises(NotSupported, match=r"pidfd_send_signal is missing here; Linux 5\.1"):
        signals.pidfd_send_signal(0, 0)
    monkeypatch.delitem(syscall_table.NUMBERS, "waitid")
    with pytest.raises(NotSupported, match="waitid with rusage is not known on"):
        wait_calls.waitid_with_rusage(os.P_ALL, 0, os.WEXITED)


def fork_with_number(pid, body):
    """Fork a child with this pid, which must be free."""
    for _ in range(100):
        with open("/proc/sys/kernel/ns_last_pid", "w") as last:
            last.write(str(pid - 1))
        found = fork_child(body)
        if found == pid:
            return
        os.kill(found, signal.SIGKILL)
        os.waitpid(found, 0)
    raise AssertionError(f"no child got the number {pid}")


@pytest.mark.needs("root", "next pid")
@pytest.mark.parametrize("is_awaited", [False, True])
def test_a_pidfd_never_returns_the_status_of_a_process_with_a_reused_pid(is_awaited):
    kind = AsyncPidFd if is_awaited else PidFd

    def wait(process):
        return asyncio.run(process.wait()) if is_awaited else process.wait()

    def body():
        number = fork_child(lambda: 3)
        with kind.open(number) as old:
            os.waitpid(number, 0)
            fork_with_number(number, lambda: 5)
            with kind.open(number) as new:
                assert wait(new).status == Exited(5)
                with pytest.raises(ChildProcessError, match="another wait has collected it"):
                    wait(old)

    in_private_pid_namespace(body)
