# fails: foreign
import os
import signal

children = []
for _ in range(2):
    child = os.fork()
    if child == 0:
        signal.pause()  # until a signal ends it
        os._exit(0)
    children.append(child)

while children:
    pid, status = os.wait()
    if pid in children:
        children.remove(pid)
        print(pid, os.WTERMSIG(status), flush=True)
