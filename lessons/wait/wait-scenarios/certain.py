import os

first = os.fork()
if first == 0:  # in the first child
    os._exit(0)
second = os.fork()
if second == 0:  # in the second child
    os.setpgid(0, 0)
    os._exit(0)
for child in (first, second):
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
try:
    pid, _ = os.waitpid(second, os.WNOHANG)  # ① both have ended
    print({first: "first", second: "second"}.get(pid, "0"), end="")
except ChildProcessError:
    print("ECHILD", end="")
