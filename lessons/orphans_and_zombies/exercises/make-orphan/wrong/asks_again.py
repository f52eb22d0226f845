# fails: certain
import os
import time

before = os.getpid()
child = os.fork()
if child == 0:
    while os.getppid() == before:
        time.sleep(0.01)  # it asks again and again: no event wakes it
    print(before, os.getppid(), flush=True)
    os._exit(0)
