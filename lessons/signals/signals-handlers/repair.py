import os
import signal


def note(*_):
    os.write(1, b"noted\n")


signal.signal(signal.SIGUSR1, note)
os.write(1, b"half a line, ")
os.kill(os.getpid(), signal.SIGUSR1)  # it comes here
os.write(1, b"and the rest\n")
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})
