# fails: empty
import os
import sys

words = sys.argv[1].split()
child = os.fork()
if child == 0:
    try:
        os.execvp(words[0], words)
    except (OSError, IndexError):
        os._exit(127)
_, status = os.waitpid(child, 0)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
