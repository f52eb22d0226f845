import os
import re
import sys
import time

# BEGIN SOLUTION
text = sys.argv[1] if len(sys.argv) == 2 else ""
if not re.fullmatch("[0-9]{1,2}", text) or int(text) > 60:
    print(f"{sys.argv[0]}: {text}: a number of seconds from 0 to 60 is needed", file=sys.stderr)
    sys.exit(2)
child = os.fork()
if child == 0:
    time.sleep(int(text))
    os._exit(0)
os.waitpid(child, 0)
# INSTEAD
# seconds = int(sys.argv[1])
# child = os.fork()
# if child == 0:
#     time.sleep(seconds)
#     os._exit(0)
# # No call waits for the child yet, and nothing is validated.
# END SOLUTION
