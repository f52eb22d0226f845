import ctypes
import os
import signal

ctypes.CDLL(None).prctl(36, 1)  # a subreaper from now on: prctl(2)
parent = os.fork()
if parent == 0:  # in the parent
    child = os.fork()
    if child == 0:  # in the child
        signal.pause()  # the child is alive until you kill it
    os._exit(0)  # ① the child has its parent
os.waitpid(parent, 0)  # ② the parent has ended
os.waitpid(-1, 0)
