# fails: certain
import os
import time

before = os.getpid()
read_end, write_end = os.pipe()
child = os.fork()
if child == 0:
    os.close(write_end)
    os.read(read_end, 1)  # the parent has closed its end, but still runs
    while os.getppid() == before:
        pass
    print(before, os.getppid(), flush=True)
    os._exit(0)
os.close(write_end)
time.sleep(0.3)
