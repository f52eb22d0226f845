import ctypes
import os

ctypes.CDLL(None).prctl(36, 1)
parent = os.fork()
if parent == 0:  # in the parent
    child = os.fork()
    if child == 0:  # in the child
        os._exit(42)
    os._exit(0)  # ① the child is a zombie
os.waitpid(parent, 0)
os.wait()  # ② the parent is gone
