# fails: in_time
import os
import signal
import sys

count = int(sys.argv[1])
ended = []


def collect(*_):
    while len(ended) < count:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        ended.append((pid, os.WTERMSIG(status)))


for _ in range(count):
    if os.fork() == 0:
        signal.pause()
        os._exit(0)
signal.signal(signal.SIGCHLD, collect)
while len(ended) < count:
    signal.pause()
for pid, number in ended:
    print(pid, number)
