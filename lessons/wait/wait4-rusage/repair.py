import os
import time


def compute(enough = 0.05):
    while time.process_time() < enough:
        pass


def seconds(usage):
    return usage.ru_utime + usage.ru_stime


much = max(0.05, 20 * time.process_time())  # more on a slow machine
child = os.fork()
if child == 0:  # in the child
    grandchild = os.fork()
    if grandchild == 0:  # in the grandchild
        compute(much)
        os._exit(0)
    os.waitid(os.P_PID, grandchild, os.WEXITED | os.WNOWAIT)
    os._exit(0)
_, _, usage = os.wait4(child, 0)
print("much" if seconds(usage) >= much else "little")
