# fails: handler
import os
import signal
import sys

for _ in range(int(sys.argv[1])):
    if os.fork() == 0:
        signal.pause()
        os._exit(0)
for _ in range(int(sys.argv[1])):
    pid, status = os.wait()
    print(pid, os.WTERMSIG(status))
