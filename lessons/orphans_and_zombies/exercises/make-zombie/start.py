import os
import sys

way, code = sys.argv[1], int(sys.argv[2])

child = os.fork()
if child == 0:
    os._exit(code)
# The child will be a zombie. Show it if the way is “wait”, and get rid of it in each of four ways.
