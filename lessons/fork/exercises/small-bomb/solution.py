import os
import sys

# BEGIN SOLUTION
for _ in range(int(sys.argv[1])):
    os.fork()
try:
    while True:
        os.wait()
except ChildProcessError:
    pass  # no child is left
# INSTEAD
# rounds = int(sys.argv[1])
#
# # In each round, each process forks once.
# # Then each process collects the children that it has made.
# sys.exit("nothing is done yet")
# END SOLUTION
