import fcntl
import os

read_end, _ = os.pipe()
child = os.fork()
if child == 0:  # in the child
    fcntl.fcntl(read_end, fcntl.F_SETFL, os.O_NONBLOCK)
    fcntl.fcntl(read_end, fcntl.F_SETFD, 0)  # clears FD_CLOEXEC
    os._exit(0)  # ① both flags are changed
os.waitpid(child, 0)
try:
    os.read(read_end, 1)
except BlockingIOError:
    os.write(1, b"there is nothing to read")
