import os
import signal

# A fork bomb: run it only in the lesson, which limits it.
def explode():
    while True:
        try:
            os.fork()
        except BlockingIOError:  # EAGAIN
            signal.pause()  # a real bomb tries again


bomb = os.fork()
if bomb == 0:  # in the bomb
    explode()
signal.sigwait([signal.SIGUSR1])  # you type ls
try:
    os.fork()
except BlockingIOError as error:
    print("ls:", error.strerror, flush=True)
