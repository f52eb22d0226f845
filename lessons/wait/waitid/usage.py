import os
import resource
import time


def compute(enough = 0.05):
    while time.process_time() < enough:
        pass


def seconds(usage):
    return usage.ru_utime + usage.ru_stime


child = os.fork()
if child == 0:  # in the child
    compute()
    os._exit(0)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
dead = seconds(resource.getrusage(resource.RUSAGE_CHILDREN))
os.waitpid(child, 0)  # ① the child is dead
collected = seconds(resource.getrusage(resource.RUSAGE_CHILDREN))
print(f"dead: {dead:.2f} s, collected: {collected:.2f} s")
