import asyncio
import os
import signal


async def end_of(pid):
    pidfd, ended = os.pidfd_open(pid), asyncio.Event()
    asyncio.get_running_loop().add_reader(pidfd, ended.set)  # readable: the child has ended
    await ended.wait()
    asyncio.get_running_loop().remove_reader(pidfd)
    _, status = os.waitpid(pid, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)


async def both_ends():
    busy = os.fork()
    if busy == 0:  # in busy
        signal.pause()
    done = os.fork()
    if done == 0:  # in done
        os._exit(3)
    await asyncio.gather(end_of(busy), end_of(done))


asyncio.run(both_ends())
