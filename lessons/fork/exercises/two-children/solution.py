import os
import sys

# BEGIN SOLUTION
for code in sys.argv[1:]:
    if os.fork() == 0:
        os._exit(int(code))
for _ in sys.argv[1:]:
    pid, status = os.wait()
    print(pid, os.waitstatus_to_exitcode(status))
# INSTEAD
# codes = [int(word) for word in sys.argv[1:]]
#
# # Make two children; the first ends with codes[0], the second with codes[1].
# # Then collect both, and print a line for each: its pid and its exit status.
# END SOLUTION
