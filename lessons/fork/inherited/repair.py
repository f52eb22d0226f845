import os
import signal

signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
worker = os.fork()
if worker == 0:  # in the worker
    signal.pause()
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
os.kill(worker, signal.SIGTERM)
os.waitpid(worker, 0)
