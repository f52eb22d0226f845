# right: Python with the C library by ctypes
import ctypes
import os
import sys

library = ctypes.CDLL(None)
for code in sys.argv[1:]:
    if library.fork() == 0:
        os._exit(int(code))
word = ctypes.c_int()
for _ in sys.argv[1:]:
    pid = library.wait(ctypes.byref(word))
    print(pid, word.value >> 8 & 255)
