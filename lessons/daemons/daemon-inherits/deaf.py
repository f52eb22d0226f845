import os
import signal

signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
daemon = os.fork()
if daemon == 0:  # in the daemon
    os.setsid()
    signal.pause()  # it serves for ever
os._exit(0)
