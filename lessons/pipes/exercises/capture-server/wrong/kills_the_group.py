# fails: alive
import os
import signal
import sys

read_end, write_end = os.pipe()
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    os.dup2(write_end, 1)
    os.execvp(sys.argv[1], sys.argv[1:])
os.close(write_end)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
os.killpg(child, signal.SIGKILL)  # now no process can write any more
with open(read_end) as captured:
    for line in captured.read().splitlines():
        print("|", line)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
