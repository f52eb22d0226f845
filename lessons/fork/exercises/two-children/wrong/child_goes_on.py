# fails: two
import os
import sys

children = [os.fork() for _ in sys.argv[1:]]
for child, code in zip(children, sys.argv[1:], strict=True):
    if child == 0:
        os._exit(int(code))
for child in children:
    pid, status = os.waitpid(child, 0)
    print(pid, os.waitstatus_to_exitcode(status))
