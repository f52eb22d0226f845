import os
import signal
import sys

count = int(sys.argv[1])

for _ in range(count):
    if os.fork() == 0:
        signal.pause()  # until a signal ends it
        os._exit(0)

# Collect them in a handler for SIGCHLD. When all have been collected, print
# a line for each: its pid and the number of the signal that ended it.
