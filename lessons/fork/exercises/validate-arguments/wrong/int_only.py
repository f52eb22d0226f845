# fails: disguised
import os
import sys
import time

try:
    seconds = int(sys.argv[1])
except (IndexError, ValueError):
    sys.exit("a number is needed")
if not 0 <= seconds <= 60:
    print("from 0 to 60", file=sys.stderr)
    sys.exit(2)
child = os.fork()
if child == 0:
    time.sleep(seconds)
    os._exit(0)
os.waitpid(child, 0)
