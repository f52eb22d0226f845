import os
import signal
import sys

count = int(sys.argv[1])
# BEGIN SOLUTION
ended = []


def collect(*_):
    while len(ended) < count:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        ended.append((pid, os.WTERMSIG(status)))


# A byte for each signal, even for one that comes just before the read.
read_end, write_end = os.pipe()
os.set_blocking(write_end, False)
signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
signal.signal(signal.SIGCHLD, collect)
for _ in range(count):
    if os.fork() == 0:
        signal.pause()
        os._exit(0)
while len(ended) < count:
    os.read(read_end, 1)
for pid, number in ended:
    print(pid, number)
# INSTEAD
# for _ in range(count):
#     if os.fork() == 0:
#         signal.pause()  # until a signal ends it
#         os._exit(0)
#
# # Collect them in a handler for SIGCHLD. When all have been collected, print
# # a line for each: its pid and the number of the signal that ended it.
# END SOLUTION
