# fails: second
import os
import signal

children = []
for _ in range(2):
    child = os.fork()
    if child == 0:
        signal.pause()  # until a signal ends it
        os._exit(0)
    children.append(child)

for child in children:
    pid, status = os.waitpid(child, 0)
    print(pid, os.WTERMSIG(status), flush=True)
