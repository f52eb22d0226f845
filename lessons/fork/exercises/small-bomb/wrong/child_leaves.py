# fails: processes
import os
import sys

for _ in range(int(sys.argv[1])):
    if os.fork() == 0:
        os._exit(0)
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
