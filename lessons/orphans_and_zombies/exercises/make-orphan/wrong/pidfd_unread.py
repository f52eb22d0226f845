# fails: certain
import os
import select

before = os.getpid()
end = os.pidfd_open(before)
child = os.fork()
if child == 0:
    select.select([], [], [], 0.3)  # of no descriptor: a sleep by another name
    print(before, os.getppid(), flush=True)
    os._exit(0)
