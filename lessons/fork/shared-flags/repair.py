import fcntl
import os

read_end, _ = os.pipe()
child = os.fork()
if child == 0:  # in the child
    fcntl.fcntl(read_end, fcntl.F_SETFL, os.O_NONBLOCK)
    try:
        os.read(read_end, 1)
    except BlockingIOError:
        os.write(1, b"no data yet")
    os._exit(0)
os.waitpid(child, 0)
os.read(read_end, 1)
