import atexit
import os
import sys
from contextlib import suppress


def clean_up():
    with suppress(OSError):
        os.rmdir("data")


os.mkdir("data")
atexit.register(clean_up)
worker = os.fork()
if worker == 0:  # in the worker
    sys.exit(0)
os.waitpid(worker, 0)
print("data exists:", os.path.exists("data"), flush=True)
