# fails: orphan
import os

child = os.fork()
if child == 0:
    print(os.getppid(), os.getppid(), flush=True)
    os._exit(0)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it ends first, and is a zombie
