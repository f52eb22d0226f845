import os
import signal

child = os.fork()
if child == 0:  # in the child
    os.kill(os.getpid(), signal.SIGSTOP)
    os._exit(3)
while True:
    _, status = os.waitpid(child, 0)
    if not os.WIFSTOPPED(status):
        break
    os.kill(child, signal.SIGCONT)
print("exit status", os.WEXITSTATUS(status), flush=True)
