import ctypes
import mmap
import os
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.strdup.restype = ctypes.c_void_p
PAGE = mmap.PAGESIZE
BYTES = ctypes.c_char * 8
libc.mmap.restype = ctypes.c_void_p
PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS

rights = mmap.PROT_READ
page = BYTES.from_address(libc.mmap(None, PAGE, rights, PRIVATE, -1, 0))
child = os.fork()
if child == 0:  # in the child
    page.value = b"draft"
    os.write(1, page.value)
    os._exit(0)
os.waitpid(child, 0)
