import contextlib
import os
import resource
import signal


def burst():
    for _ in range(5):
        with contextlib.suppress(BlockingIOError):  # EAGAIN
            os.fork()
    signal.pause()

bomb = os.fork()
if bomb == 0:  # in the bomb
    burst()
signal.sigwait([signal.SIGUSR1])  # you type ls
try:
    if os.fork() == 0:  # in ls
        os._exit(0)
    os.write(1, b"ls runs\n")
except BlockingIOError:
    os.write(1, b"ls cannot be started\n")
