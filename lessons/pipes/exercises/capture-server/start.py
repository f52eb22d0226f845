import os
import sys

command = sys.argv[1:]

read_end, write_end = os.pipe()  # Python closes both at exec by itself
child = os.fork()
if child == 0:
    os.dup2(write_end, 1)
    os.execvp(command[0], command)
os.close(write_end)
# Print what the command writes, and end when it has ended.
while os.read(read_end, 4096):
    pass
