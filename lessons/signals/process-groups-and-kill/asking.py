import os

child = os.fork()
if child == 0:  # in the child
    os._exit(0)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
os.kill(child, 0)  # ① the child has ended
os.write(1, b"it exists, ")
os.waitpid(child, 0)
try:
    os.kill(child, 0)
except ProcessLookupError:
    os.write(1, b"it is gone")
