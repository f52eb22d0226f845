# fails: collected
import os
import signal
import sys

count = int(sys.argv[1])
ended = []


def collect(*_):
    pid, status = os.waitpid(-1, os.WNOHANG)  # one child per signal
    if pid:
        ended.append((pid, os.WTERMSIG(status)))


signal.signal(signal.SIGCHLD, collect)
for _ in range(count):
    if os.fork() == 0:
        signal.pause()
        os._exit(0)
while len(ended) < count:
    signal.pause()
for pid, number in ended:
    print(pid, number)
