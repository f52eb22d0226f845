# fails: refused
import os
import sys

most = int(sys.argv[1])
read_end, write_end = os.pipe()
for _ in range(most - 1):
    if os.fork() == 0:
        break
os.close(write_end)
os.read(read_end, 1)  # end of file: fork has failed in every process
try:
    while True:
        os.wait()
except ChildProcessError:
    pass  # no child is left
