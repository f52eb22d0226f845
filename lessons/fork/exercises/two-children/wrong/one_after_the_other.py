# fails: together
import os
import sys

for code in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        os._exit(int(code))
    pid, status = os.waitpid(child, 0)
    print(pid, os.waitstatus_to_exitcode(status))
