# fails: certain
import os
import time

child = os.fork()
if child == 0:
    before = os.getppid()
    time.sleep(0.3)
    print(before, os.getppid(), flush=True)
    os._exit(0)
