import fcntl
import os

fd = os.open("lock", os.O_CREAT | os.O_RDWR, 0o600)
fcntl.flock(fd, fcntl.LOCK_EX)
child = os.fork()
if child == 0:  # in the child
    fcntl.flock(fd, fcntl.LOCK_UN)
    os._exit(0)
os.waitpid(child, 0)
other = os.open("lock", os.O_RDWR)  # a second open file description
try:
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.write(1, b"free")
except BlockingIOError:
    os.write(1, b"locked")
