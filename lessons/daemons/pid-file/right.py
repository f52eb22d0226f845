import fcntl
import os


def start_once():
    lock = os.open("pid", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os._exit(1)  # one is running already
    os.ftruncate(lock, 0)
    os.write(lock, b"%d\n" % os.getpid())  # lock stays open


start_once()  # in the daemon
second = os.fork()
if second == 0:  # in the second
    start_once()
    os._exit(0)
os.waitpid(second, 0)
