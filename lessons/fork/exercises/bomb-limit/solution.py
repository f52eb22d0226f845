import os
import resource
import sys

most = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
read_end, write_end = os.pipe()
try:
    while True:
        os.fork()
except BlockingIOError:
    pass  # EAGAIN: the limit of processes is reached
os.close(write_end)
os.read(read_end, 1)  # end of file: fork has failed in every process
try:
    while True:
        os.wait()
except ChildProcessError:
    pass  # no child is left
