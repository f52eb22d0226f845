import os

child = os.fork()
if child == 0:  # in the child
    os._exit(3)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
_, status = os.waitpid(child, 0)  # ① the first call has returned
print(os.waitstatus_to_exitcode(status), flush=True)  # ② the second, too
