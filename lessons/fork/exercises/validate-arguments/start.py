import os
import sys
import time

seconds = int(sys.argv[1])
child = os.fork()
if child == 0:
    time.sleep(seconds)
    os._exit(0)
# No call waits for the child yet, and nothing is validated.
