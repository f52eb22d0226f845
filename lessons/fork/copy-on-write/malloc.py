import ctypes
import mmap
import os
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.mmap.restype = ctypes.c_void_p
PAGE = mmap.PAGESIZE

block = libc.malloc(3 * PAGE)
page = (ctypes.c_char * PAGE).from_address(block + PAGE)
page.value = b"draft"
child = os.fork()
if child == 0:  # in the child
    page.value = b"FINAL"  # ① before the write
    os._exit(0)  # ② after the write
os.waitpid(child, 0)
