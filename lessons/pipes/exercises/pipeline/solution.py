import os
import sys

words = sys.argv[1:]
middle = words.index("--")
# BEGIN SOLUTION
read_end, write_end = os.pipe()  # Python closes both at exec by itself


def start(command, ours, theirs):
    child = os.fork()
    if child == 0:
        os.dup2(ours, theirs)
        try:
            os.execvp(command[0], command)
        except OSError as error:
            os.write(2, f"{command[0]}: {error.strerror}\n".encode())
            os._exit(127)
    return child


start(words[:middle], write_end, 1)
last = start(words[middle + 1 :], read_end, 0)
os.close(read_end)
os.close(write_end)
code = 0
for _ in range(2):
    pid, status = os.wait()
    if pid == last:
        code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
# INSTEAD
# first, second = words[:middle], words[middle + 1 :]
#
# # Run `first | second`.
# END SOLUTION
