# right: the second of a pipeline is made first
import os, sys
words = sys.argv[1:]
middle = words.index("--")
read_end, write_end = os.pipe()


def start(command, end, number):
    pid = os.fork()
    if pid == 0:
        os.dup2(end, number)
        os.execvp(command[0], command)
    return pid


second = start(words[middle + 1 :], read_end, 0)
first = start(words[:middle], write_end, 1)
os.close(read_end)
os.close(write_end)
code = 1
for _ in range(2):
    pid, status = os.wait()
    if pid == second:
        code = os.waitstatus_to_exitcode(status)
sys.exit(code)
