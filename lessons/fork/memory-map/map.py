import ctypes
import mmap
import os
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.strdup.restype = ctypes.c_void_p
PAGE = mmap.PAGESIZE
BYTES = ctypes.c_char * 8
CODE = ctypes.cast(libc.getpid, ctypes.c_void_p).value or 0  # the function getpid
GLOBAL = ctypes.addressof(ctypes.c_int.in_dll(libc, "opterr"))  # a variable of the C library
ARGV_0 = ctypes.c_void_p.in_dll(libc, "program_invocation_name").value or 0
libc.mmap.restype = ctypes.c_void_p

code = BYTES.from_address(CODE)
data = BYTES.from_address(GLOBAL)
heap = BYTES.from_address(libc.malloc(3 * PAGE) + PAGE)
heap.value = b"draft"
stack = BYTES.from_address(ARGV_0)
child = os.fork()
if child == 0:  # in the child
    data[0] = heap[0] = stack[0] = code[0]
    os._exit(0)  # ① the child has written
os.waitpid(child, 0)
