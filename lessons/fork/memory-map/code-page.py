import ctypes
import mmap
import os
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.strdup.restype = ctypes.c_void_p
PAGE = mmap.PAGESIZE
BYTES = ctypes.c_char * 8
CODE = ctypes.cast(libc.getpid, ctypes.c_void_p).value or 0  # the function getpid
libc.mmap.restype = ctypes.c_void_p

code = BYTES.from_address(CODE)
child = os.fork()
if child == 0:  # in the child
    code[0] = b"X"
    os._exit(0)
os.waitpid(child, 0)
