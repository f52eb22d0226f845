# fails: told
import os
import sys

pids = []
for code in sys.argv[1:]:
    pid = os.fork()
    if pid == 0:
        os._exit(int(code))
    pids.append(pid)
for _ in pids:
    os.wait()
for pid in pids:
    for code in sys.argv[1:]:
        print(pid, code)  # one of them will be right
