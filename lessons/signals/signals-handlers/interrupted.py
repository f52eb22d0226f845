import ctypes
import os
import signal
libc = ctypes.CDLL(None, use_errno=True)

signal.signal(signal.SIGUSR1, lambda *_: None)
child = os.fork()
if child == 0:  # in the child
    signal.pause()
pid = libc.waitpid(child, None, 0)
print("the child" if pid == child else "EINTR")
