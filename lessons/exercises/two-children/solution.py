import os

for _ in range(2):
    if os.fork() == 0:
        os._exit(0)
for _ in range(2):
    pid, status = os.wait()
    print(pid, os.waitstatus_to_exitcode(status))
