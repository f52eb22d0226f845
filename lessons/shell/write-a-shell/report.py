import os
import signal

command = os.fork()
if command == 0:  # in the command
    os.kill(os.getpid(), signal.SIGKILL)
_, word = os.waitpid(command, 0)
status = word >> 8
print("status", status, flush=True)
