import fcntl
import os
import signal
import sys

# BEGIN SOLUTION
path = os.path.abspath(sys.argv[1])  # after chdir a relative path names a different file


def wait_until_ready(read_end, middle):
    """Wait until the daemon writes “ready”, or the reason why it ends."""
    os.waitpid(middle, 0)
    text = os.read(read_end, 200).decode()
    if text == "ready":
        sys.exit(0)
    reason = text or "the daemon ended before it was ready"
    print(f"{sys.argv[0]}: {sys.argv[1]}: {reason}", file=sys.stderr)
    sys.exit(1)


def fail(reason):
    os.write(write_end, reason.encode())
    os._exit(1)


def forget_the_caller():
    """Reset what fork and exec keep: signal settings, environment, umask."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.environ.clear()
    os.umask(0o027)


def take_pid_file():
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fail("one is running already")
    os.ftruncate(file, 0)  # only with the lock
    os.write(file, f"{os.getpid()}\n".encode())
    return file


def keep(*numbers):
    """Redirect 0, 1 and 2 to /dev/null, keep the descriptors `numbers`, and close all others."""
    null = os.open("/dev/null", os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    for number in map(int, os.listdir("/proc/self/fd")):
        if number > 2 and number not in numbers:
            try:
                os.close(number)
            except OSError:
                pass  # listdir had this descriptor open, and has closed it


read_end, write_end = os.pipe()
middle = os.fork()
if middle:
    os.close(write_end)
    wait_until_ready(read_end, middle)
os.setsid()
try:
    if os.fork():
        os._exit(0)
    forget_the_caller()
    os.chdir("/")
    lock = take_pid_file()
    keep(lock, write_end)
except OSError as error:
    fail(error.strerror)
os.write(write_end, b"ready")
os.close(write_end)
while True:
    signal.pause()
# INSTEAD
# path = sys.argv[1]
#
# if os.fork():
#     sys.exit(0)  # too early: no process knows yet whether there will be a daemon
# # Become a daemon. Lock the pid file, write your pid into it, and say that you are ready.
# signal.pause()
# END SOLUTION
