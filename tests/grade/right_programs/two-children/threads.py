# right: Python with a thread for each wait
import os
import sys
import threading


def collect(pid):
    _, status = os.waitpid(pid, 0)
    os.write(1, f"{pid} {os.waitstatus_to_exitcode(status)}\n".encode())


pids = []
for code in sys.argv[1:]:
    pid = os.fork()
    if pid == 0:
        os._exit(int(code))
    pids.append(pid)
threads = [threading.Thread(target=collect, args=(pid,)) for pid in pids]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
