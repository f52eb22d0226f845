# fails: processes
import os
import resource
import sys

most = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NPROC, (most + 1, most + 1))
read_end, write_end = os.pipe()
try:
    while True:
        os.fork()
except BlockingIOError:
    pass  # EAGAIN: there are as many as there may be
os.close(write_end)
os.read(read_end, 1)  # end of file: every process has been refused
try:
    while True:
        os.wait()
except ChildProcessError:
    pass  # no child is left
