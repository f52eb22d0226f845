import os
import signal

first = os.fork()
if first == 0:  # in the first child
    os._exit(3)
second = os.fork()
if second == 0:  # in the second child
    os.kill(os.getpid(), signal.SIGKILL)
os.waitpid(first, 0)
os.waitpid(second, 0)
