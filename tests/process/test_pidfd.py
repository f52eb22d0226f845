"""PidFd and AsyncPidFd: waiting, polling, signalling, and never mistaking a stranger."""

import asyncio
import ctypes
import gc
import os
import resource
import select
import signal
import sys
import threading
import warnings

import pytest

from simpsh import AsyncPidFd, Exited, ExitInfo, Killed, NotSupported, PidFd, snapshot, until_state
from tests.process.forking import (
    child,
    end_orphan,
    fork_child,
    make_way,
    run_alone,
    sleep_for_ever,
    until,
)

CLONE_NEWPID, CLONE_NEWNS = 0x20000000, 0x00020000


def gated(code=0):
    """A child that ends with `code` once its gate is opened; its pid and the gate."""
    read_end, write_end = os.pipe()

    def body():
        os.close(write_end)
        os.read(read_end, 1)
        return code

    pid = fork_child(body)
    os.close(read_end)
    return pid, write_end


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
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, 0)


def test_a_killed_child_says_so():
    with child(sleep_for_ever) as pid, PidFd.open(pid) as process:
        assert process.poll(0) is False
        process.send_signal(signal.SIGTERM)
        info = process.wait()
        assert (info.status, info.code) == (Killed(15), os.CLD_KILLED)


def test_polling_collects_nothing():
    pid, gate = gated()
    with PidFd.open(pid) as process:
        assert process.poll(0.01) is False
        os.close(gate)
        assert process.poll() is True
        assert process.poll(0) is True
        assert until_state(pid, "Z").state == "Z"
        assert process.wait().status == Exited(0)


def test_wait_on_a_stranger_raises_at_once_and_points_to_poll():
    with PidFd.open(os.getppid()) as parent:
        with pytest.raises(ChildProcessError, match=r"not our child.*poll\(\)") as raised:
            parent.wait()
        assert raised.value.errno == 10
        assert parent.poll(0) is False


def test_poll_tells_of_a_grandchilds_end():
    read_end, write_end = os.pipe()

    def body():
        os.write(write_end, b"%d" % fork_child(sleep_for_ever))
        sleep_for_ever()

    with child(body):
        grandchild = int(os.read(read_end, 20))
        with PidFd.open(grandchild) as process:
            os.kill(grandchild, signal.SIGKILL)
            assert process.poll(30) is True
            with pytest.raises(ChildProcessError):
                process.wait()
    os.close(read_end)
    os.close(write_end)


def test_after_collecting_the_pidfd_refuses_to_signal():
    pid = fork_child(lambda: 0)
    with PidFd.open(pid) as process:
        process.wait()
        with pytest.raises(ProcessLookupError, match=f"process {pid} has ended and was collected"):
            process.send_signal(signal.SIGTERM)


def test_a_zombie_takes_any_signal():
    pid = fork_child(lambda: 0)
    with PidFd.open(pid) as process:
        until_state(pid, "Z")
        process.send_signal(0)
        process.send_signal(signal.SIGKILL)
        assert process.wait().status == Exited(0)


def test_a_status_taken_by_another_wait_is_explained():
    pid = fork_child(lambda: 0)
    with PidFd.open(pid) as process:
        os.waitpid(pid, 0)
        with pytest.raises(ChildProcessError, match="collected by another wait"):
            process.wait()
        assert process.poll(0) is True


def test_two_pidfds_of_one_child_get_the_same_status():
    pid = fork_child(lambda: 3)
    with PidFd.open(pid) as first, PidFd.open(pid) as second:
        assert first.wait() is second.wait()


def test_two_threads_wait_for_one_child():
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


def test_a_pidfd_is_a_descriptor_for_select_and_is_closed_by_exec():
    pid = fork_child(lambda: 0)
    with PidFd.open(pid) as process:
        assert select.select([process], [], [], 30)[0] == [process]
        assert os.get_inheritable(process.fileno()) is False
        assert process.wait().pid == pid
    with pytest.raises(ValueError, match=f"the pidfd of process {pid} is closed"):
        process.fileno()
    process.close()


@pytest.mark.parametrize("pid", [0, -1])
def test_only_positive_numbers_are_processes(pid):
    with pytest.raises(ValueError, match="no process id"):
        PidFd.open(pid)


def test_opening_a_process_that_is_gone_says_so():
    pid = fork_child(lambda: 0)
    os.waitpid(pid, 0)
    with pytest.raises(ProcessLookupError, match=f"there is no process {pid}"):
        PidFd.open(pid)


@pytest.mark.parametrize("signal_number", [-1, 65, 1000])
def test_there_are_64_signals(signal_number):
    with PidFd.open(os.getpid()) as process, pytest.raises(ValueError, match="no signal"):
        process.send_signal(signal_number)


def test_an_unclosed_pidfd_warns_and_is_closed():
    process = PidFd.open(os.getpid())
    number = process.fileno()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del process
        gc.collect()
    assert [str(one.message) for one in caught] == [
        f"unclosed PidFd(pid={os.getpid()}, descriptor={number})"
    ]
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


def test_a_handler_that_raises_interrupts_the_wait_and_the_child_stays():
    def body():
        class Interrupted(Exception):
            pass

        def handler(*_):
            raise Interrupted

        signal.signal(signal.SIGUSR1, handler)
        me = os.getpid()

        def sends():
            until_state(me, "S")
            until(lambda: snapshot(me).wchan == "do_wait", "the wait has begun")
            os.kill(me, signal.SIGUSR1)
            sleep_for_ever()

        pid = fork_child(sends)
        with PidFd.open(pid) as process:
            with pytest.raises(Interrupted):
                process.wait()
            process.send_signal(signal.SIGKILL)
            assert process.wait().status == Killed(9)

    run_alone(body)


def test_a_missing_call_raises_one_clear_error(monkeypatch):
    monkeypatch.delattr(os, "pidfd_open")
    with pytest.raises(NotSupported, match=r"pidfd_open is missing here; Linux 5\.3"):
        PidFd.open(os.getpid())


def in_private_pid_namespace(body):
    """Run `body` as the first process of a PID namespace of its own, with its own /proc."""

    def outer():
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWPID | CLONE_NEWNS):
            return 77

        def first():
            libc.mount(b"none", b"/", None, 0x44000, None)  # MS_REC | MS_PRIVATE
            if libc.mount(b"proc", b"/proc", b"proc", 0, None):
                return 77
            body()
            return 0

        return os.waitstatus_to_exitcode(os.waitpid(fork_child(first), 0)[1])

    code = os.waitstatus_to_exitcode(os.waitpid(fork_child(outer), 0)[1])
    if code == 77:
        pytest.skip("a private PID namespace needs root (CAP_SYS_ADMIN)")
    assert code == 0


def test_kill_hits_the_stranger_with_a_reused_number_and_the_pidfd_refuses():
    def body():
        original = fork_child(lambda: 0)
        with PidFd.open(original) as process:
            process.wait()
            for _ in range(100):
                with open("/proc/sys/kernel/ns_last_pid", "w") as last:
                    last.write(str(original - 1))
                stranger = fork_child(sleep_for_ever)
                if stranger == original:
                    break
                os.kill(stranger, signal.SIGKILL)
                os.waitpid(stranger, 0)
            assert stranger == original
            with pytest.raises(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            assert os.waitpid(stranger, os.WNOHANG) == (0, 0)
            # The remembered status is the original's, and the stranger's is its own.
            with PidFd.open(stranger) as other:
                assert process.wait().status == Exited(0)
                os.kill(original, signal.SIGKILL)
                assert other.wait().status == Killed(9)

    in_private_pid_namespace(body)


# -- AsyncPidFd --------------------------------------------------------------------------------


def test_a_child_is_awaited_without_a_thread_or_a_handler():
    async def main():
        pid = fork_child(lambda: 4)
        with AsyncPidFd.open(pid) as process:
            return await process.wait()

    before = signal.getsignal(signal.SIGCHLD)
    info = asyncio.run(main())
    assert info.status == Exited(4)
    assert threading.active_count() == 1
    assert signal.getsignal(signal.SIGCHLD) == before


def test_several_tasks_get_the_same_status():
    async def main():
        pid, gate = gated(6)
        with AsyncPidFd.open(pid) as process, AsyncPidFd.open(pid) as other:
            tasks = [asyncio.create_task(one.wait()) for one in (process, process, other)]
            await asyncio.sleep(0)
            os.close(gate)
            return await asyncio.gather(*tasks)

    first, second, third = asyncio.run(main())
    assert first is second is third
    assert first.status == Exited(6)


def test_cancelling_one_task_loses_nothing():
    async def main():
        pid, gate = gated(8)
        with AsyncPidFd.open(pid) as process:
            tasks = [asyncio.create_task(process.wait()) for _ in range(3)]
            await asyncio.sleep(0)
            tasks[1].cancel()
            await asyncio.sleep(0)
            os.close(gate)
            tasks[0].cancel()
            info = await tasks[2]
            assert tasks[0].cancelled()
            assert tasks[1].cancelled()
            return info, await process.wait()

    info, again = asyncio.run(main())
    assert info is again
    assert info.status == Exited(8)


def test_a_task_cancelled_in_the_turn_of_the_end_leaves_the_status():
    async def main():
        pid, gate = gated(9)
        with AsyncPidFd.open(pid) as process:
            task = asyncio.create_task(process.wait())
            await asyncio.sleep(0)
            os.close(gate)
            await process.poll()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return await process.wait()

    assert asyncio.run(main()).status == Exited(9)


def test_a_timeout_leaves_the_child_to_be_awaited_again():
    async def main():
        pid, gate = gated()
        with AsyncPidFd.open(pid) as process:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(process.wait(), 0.01)
            os.close(gate)
            return await process.wait()

    assert asyncio.run(main()).status == Exited(0)


def test_awaiting_a_stranger_raises_at_once_and_polling_it_works():
    async def main():
        with child(sleep_for_ever) as other:
            parent = AsyncPidFd.open(os.getppid())
            with parent, pytest.raises(ChildProcessError, match=r"poll\(\)"):
                await parent.wait()
            with AsyncPidFd.open(other) as process:
                polled = asyncio.create_task(process.poll())
                await asyncio.sleep(0)
                assert not polled.done()
                process.send_signal(signal.SIGKILL)
                await polled
                assert until_state(other, "Z").state == "Z"
                return await process.wait()

    assert asyncio.run(main()).status == Killed(9)


def test_a_thousand_children_are_awaited_together():
    def body():
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        count = 1000
        if hard < count + 64:
            raise AssertionError(f"only {hard} descriptors")
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

        async def main():
            read_end, write_end = os.pipe()

            def waits(code):
                make_way()
                os.close(write_end)
                os.read(read_end, 1)
                return code

            pids = [fork_child(waits, one % 200) for one in range(count)]
            opened = [AsyncPidFd.open(pid) for pid in pids]
            tasks = [asyncio.create_task(one.wait()) for one in opened]
            await asyncio.sleep(0)
            os.close(write_end)
            found = await asyncio.gather(*tasks)
            for one in opened:
                one.close()
            assert [info.pid for info in found] == pids
            assert [info.status.code for info in found] == [one % 200 for one in range(count)]

        asyncio.run(main())
        with pytest.raises(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)

    run_alone(body)


def test_asyncios_own_subprocesses_live_beside():
    async def main():
        pid, gate = gated(11)
        with AsyncPidFd.open(pid) as process:
            task = asyncio.create_task(process.wait())
            other = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "raise SystemExit(12)"
            )
            code = await other.wait()
            os.close(gate)
            return code, await task

    def body():
        code, info = asyncio.run(main())
        assert code == 12
        assert info.status == Exited(11)

    run_alone(body)


def test_closing_wakes_who_still_awaits():
    async def main():
        with child(sleep_for_ever) as pid:
            process = AsyncPidFd.open(pid)
            task = asyncio.create_task(process.wait())
            await asyncio.sleep(0)
            process.close()
            with pytest.raises(ValueError, match="was closed"):
                await task

    asyncio.run(main())


def test_the_same_pidfd_serves_one_loop_after_another():
    pid, gate = gated(2)

    async def briefly(process):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(process.wait(), 0.01)

    with AsyncPidFd.open(pid) as process:
        asyncio.run(briefly(process))
        os.close(gate)

        async def whole():
            return await process.wait()

        assert asyncio.run(whole()).status == Exited(2)


def test_helper_orphans_are_collected_by_the_runner():
    """The helper that the other tests rely on really collects."""
    read_end, write_end = os.pipe()

    def body():
        os.write(write_end, b"%d" % fork_child(sleep_for_ever))

    os.waitpid(fork_child(body), 0)
    orphan = int(os.read(read_end, 20))
    end_orphan(orphan)
    with pytest.raises(ProcessLookupError):
        os.kill(orphan, 0)
    os.close(read_end)
    os.close(write_end)
