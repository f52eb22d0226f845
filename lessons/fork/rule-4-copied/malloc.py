import ctypes
import os
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.mmap.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]

place = libc.malloc(2048)  # an address
text = (ctypes.c_char * 2048).from_address(place)
text.value = b"draft"
child = os.fork()
if child == 0:  # in the child
    text.value = b"FINAL"
    os._exit(0)  # ① the child is done
os.waitpid(child, 0)
print(text.value.decode(), flush=True)
