import fcntl
import os

read_end, write_end = os.pipe()
room = fcntl.fcntl(write_end, fcntl.F_GETPIPE_SZ)
child = os.fork()
if child == 0:  # in the child
    os.write(write_end, b"x" * (room + 1))
    os._exit(0)
os.close(write_end)
os.waitpid(child, 0)
os.read(read_end, room)
