import os
import signal

first = os.fork()
if first == 0:  # in the first child
    os._exit(3)
second = os.fork()
if second == 0:  # in the second child
    os.kill(os.getpid(), signal.SIGKILL)
for child in (first, second):
    _, word = os.waitpid(child, 0)
    if os.WEXITSTATUS(word) > 128:
        print("killed by signal", os.WTERMSIG(word), flush=True)
    else:
        print("exit status", os.WEXITSTATUS(word), flush=True)
