import ctypes
import os
import resource
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p

resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
child = libc.fork()
if child == 0:  # in the child
    os._exit(0)
os.write(1, b"the next line\n")
if child > 0:
    os.waitpid(child, 0)
