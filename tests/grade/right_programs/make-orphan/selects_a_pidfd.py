# right: select on a pidfd of the parent
import os, select
before = os.getpid()
end = os.pidfd_open(before)
if os.fork() == 0:
    select.select([end], [], [])
    while os.getppid() == before:
        os.sched_yield()
    print(before, os.getppid(), flush=True)
    os._exit(0)
