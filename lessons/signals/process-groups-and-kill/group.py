import os
import signal

child = os.fork()
if child == 0:  # in the child
    os.kill(os.getpid(), signal.SIGSTOP)
    os.setpgid(0, 0)
    os._exit(0)
try:
    os.kill(-child, 0)
    os.write(1, b"group")
except ProcessLookupError:
    os.write(1, b"no group")
os.waitpid(child, 0)
