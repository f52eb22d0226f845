import fcntl
import os

fd = os.open("lock", os.O_CREAT | os.O_RDWR, 0o600)
fcntl.flock(fd, fcntl.LOCK_EX)
child = os.fork()
if child == 0:  # in the child
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # no waiting
        os.write(1, b"granted")
    except BlockingIOError:
        os.write(1, b"refused")
    os._exit(0)
os.waitpid(child, 0)
