import os
import resource
import sys

most = int(sys.argv[1])
# BEGIN SOLUTION
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
# INSTEAD
# # Set a limit of this number of processes. Then let each process fork until the kernel refuses.
# # When fork has failed in all of them, each collects its children and ends with status 0.
# sys.exit("nothing is done yet")
# END SOLUTION
