# right: Python with signal.sigwaitinfo
import os
import signal
import sys

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
left = set()
for code in sys.argv[1:]:
    pid = os.fork()
    if pid == 0:
        os._exit(int(code))
    left.add(pid)
while left:
    signal.sigwaitinfo({signal.SIGCHLD})
    for pid in sorted(left):
        done, status, _ = os.wait4(pid, os.WNOHANG)
        if done:
            left.remove(pid)
            print(pid, status >> 8)
