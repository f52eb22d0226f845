# fails: second
import os
import signal
import time

children = []
for _ in range(2):
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    children.append(child)
while children:
    for child in list(children):
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            print(pid, os.WTERMSIG(status), flush=True)
            children.remove(pid)
    time.sleep(0.05)
