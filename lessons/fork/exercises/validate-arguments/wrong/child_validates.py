# fails: word
import os
import re
import sys
import time

child = os.fork()
if child == 0:
    if not re.fullmatch("[0-9]{1,2}", sys.argv[1]) or int(sys.argv[1]) > 60:
        print("a number from 0 to 60 is needed", file=sys.stderr)
        os._exit(2)
    time.sleep(int(sys.argv[1]))
    os._exit(0)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
