# right: Python with signal.set_wakeup_fd
import os
import signal
import sys

read_end, write_end = os.pipe()
os.set_blocking(write_end, False)
signal.signal(signal.SIGCHLD, lambda *_: None)
signal.set_wakeup_fd(write_end)
left = len(sys.argv) - 1
for code in sys.argv[1:]:
    if os.fork() == 0:
        os._exit(int(code))
while left:
    os.read(read_end, 16)
    while left:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            break
        left -= 1
        print(pid, os.waitstatus_to_exitcode(status))
