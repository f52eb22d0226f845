import ctypes
import mmap
import os
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.mmap.restype = ctypes.c_void_p
PAGE = mmap.PAGESIZE
GETPID = ctypes.cast(libc.getpid, ctypes.c_void_p).value or 0  # where its code is

code = (ctypes.c_char * 8).from_address(GETPID)
child = os.fork()
first = code[0]
if child == 0:  # in the child
    os._exit(len(first))  # ① both have read
os.waitpid(child, 0)
