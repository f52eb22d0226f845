# right: poll on a pidfd of the parent, asleep
import os, select
before = os.getpid()
end = os.pidfd_open(before)
if os.fork() == 0:
    parent = select.poll()
    parent.register(end, select.POLLIN)
    parent.poll()
    while os.getppid() == before:
        os.sched_yield()
    print(before, os.getppid(), flush=True)
    os._exit(0)
import time
time.sleep(0.2)
