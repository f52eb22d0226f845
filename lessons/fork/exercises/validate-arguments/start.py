import os
import sys
import time

seconds = int(sys.argv[1])
child = os.fork()
if child == 0:
    time.sleep(seconds)
    os._exit(0)
# Nobody waits yet, and nothing is validated.
