# fails: certain
import os
import select

before = os.getpid()
end = os.pidfd_open(before)
child = os.fork()
if child == 0:
    select.select([], [], [], 0.3)  # waits for no descriptor: it is only a sleep
    print(before, os.getppid(), flush=True)
    os._exit(0)
