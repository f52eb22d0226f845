# fails: stands
import os
import resource
import sys

most = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
try:
    while True:
        os.fork()
except BlockingIOError:
    pass  # EAGAIN: the limit of processes is reached
try:
    while True:
        os.wait()
except ChildProcessError:
    pass  # no child is left
