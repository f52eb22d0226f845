# fails: statuses
import os
import resource
import sys

most = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
read_end, write_end = os.pipe()
try:
    while True:
        os.fork()
except BlockingIOError as error:
    refusal = error
os.close(write_end)
os.read(read_end, 1)  # end of file: fork has failed in every process
try:
    while True:
        os.wait()
except ChildProcessError:
    sys.exit(refusal.errno)
