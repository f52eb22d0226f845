# fails: mask
import fcntl
import os
import signal
import sys

path = os.path.abspath(sys.argv[1])  # chdir will make a relative one mean something else


def wait_until_ready(news, middle):
    os.waitpid(middle, 0)
    if os.read(news, 1) == b"":  # end of file: it has ended instead
        print(f"{sys.argv[0]}: {sys.argv[1]}: one is running already", file=sys.stderr)
        sys.exit(1)
    sys.exit(0)


def take_pid_file():
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os._exit(1)
    os.ftruncate(file, 0)  # only who has the lock may touch it
    os.write(file, f"{os.getpid()}\n".encode())
    return file


def keep(*kept):
    """Let 0, 1 and 2 be the null device, and close all others."""
    null = os.open("/dev/null", os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    for number in map(int, os.listdir("/proc/self/fd")):
        if number > 2 and number not in kept:
            try:
                os.close(number)
            except OSError:
                pass  # it was the one that listed them


news, tell = os.pipe()
middle = os.fork()
if middle:
    os.close(tell)
    wait_until_ready(news, middle)
os.setsid()
if os.fork():
    os._exit(0)
os.chdir("/")
lock = take_pid_file()
keep(lock, tell)
os.write(tell, b".")
os.close(tell)
while True:
    signal.pause()
