"""AsyncPidFd: awaiting children in the running loop."""

import asyncio
import os
import signal
import threading

import pytest

from simpsh import AsyncPidFd, Exited, Killed, until_state
from tests.harness.process import child, fork_child, gated, pipe, sleep_for_ever


def test_several_tasks_get_one_status_without_a_thread_or_a_handler():
    async def main():
        pid, gate = gated(6)
        with AsyncPidFd.open(pid) as process:
            tasks = [asyncio.create_task(process.wait()) for _ in range(3)]
            await asyncio.sleep(0)
            os.close(gate)
            return await asyncio.gather(*tasks)

    before = signal.getsignal(signal.SIGCHLD)
    first, second, third = asyncio.run(main())
    assert first is second is third
    assert first.status == Exited(6)
    assert threading.active_count() == 1
    assert signal.getsignal(signal.SIGCHLD) == before


def test_cancelling_tasks_loses_no_status_even_at_the_moment_of_the_end():
    async def in_the_turn_of_the_end():
        pid, gate = gated(9)
        with AsyncPidFd.open(pid) as process:
            task = asyncio.create_task(process.wait())
            await asyncio.sleep(0)
            os.close(gate)
            await process.poll()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return await process.wait()

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
    assert asyncio.run(in_the_turn_of_the_end()).status == Exited(9)


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


def test_children_that_end_at_the_same_moment_are_each_awaited():
    async def main():
        with pipe() as (read_end, write_end):
            pids = [fork_child(lambda c=code: os.read(read_end, 1) and c) for code in range(40)]
            opened = [AsyncPidFd.open(pid) for pid in pids]
            tasks = [asyncio.create_task(one.wait()) for one in opened]
            await asyncio.sleep(0)
            os.write(write_end, bytes(40))
            found = await asyncio.gather(*tasks)
        for one in opened:
            one.close()
        assert [(info.pid, info.status.code) for info in found] == [
            *zip(pids, range(40), strict=True)
        ]

    asyncio.run(main())


def test_another_loop_may_await_after_a_timeout():
    pid, gate = gated(2)

    async def briefly():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(process.wait(), 0.01)

    async def to_the_end():
        return await process.wait()

    with AsyncPidFd.open(pid) as process:
        asyncio.run(briefly())
        os.close(gate)
        assert asyncio.run(to_the_end()).status == Exited(2)
