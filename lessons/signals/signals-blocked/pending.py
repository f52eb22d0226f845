import os
import signal


def note(*_):
    os.write(1, b"handler ")


signal.signal(signal.SIGUSR1, note)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
os.kill(os.getpid(), signal.SIGUSR1)
os.write(1, b"blocked ")  # ① sent, and blocked
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})
os.write(1, b"unblocked")
