import fcntl
import os
import signal

daemon = os.fork()
if daemon == 0:  # in the daemon
    lock = os.open("pid", os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(lock, fcntl.LOCK_EX)  # the old one
    worker = os.fork()
    if worker == 0:  # in the worker
        signal.pause()
    os._exit(0)
os.waitpid(daemon, 0)
new = os.open("pid", os.O_RDWR | os.O_CREAT, 0o644)
fcntl.flock(new, fcntl.LOCK_EX)  # the new one
