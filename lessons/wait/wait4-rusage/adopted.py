import ctypes
import os
import resource
import time


def compute(enough = 0.05):
    while time.process_time() < enough:
        pass


def seconds(usage):
    return usage.ru_utime + usage.ru_stime


ctypes.CDLL(None).prctl(36, 1)
much = max(0.05, 20 * time.process_time())  # more on a slow machine
child = os.fork()
if child == 0:  # in the child
    grandchild = os.fork()
    if grandchild == 0:  # in the grandchild
        compute(much)
    os._exit(0)
os.waitpid(child, 0)
before = seconds(resource.getrusage(resource.RUSAGE_CHILDREN))
os.wait()
adopted = seconds(resource.getrusage(resource.RUSAGE_CHILDREN)) - before
print(f"adopted: {adopted:.2f} s")
