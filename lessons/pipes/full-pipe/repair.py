import fcntl
import os

read_end, write_end = os.pipe()
room = fcntl.fcntl(write_end, fcntl.F_GETPIPE_SZ)
child = os.fork()
if child == 0:  # in the child
    os.write(write_end, b"x" * (3 * room))
    os._exit(0)
os.close(write_end)
length = 0
if taken := len(os.read(read_end, room)):
    length += taken
os.waitpid(child, 0)
print("read", length // room, "times the size", flush=True)
