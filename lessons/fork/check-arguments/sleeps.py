import ctypes
import os
libc = ctypes.CDLL(None)

argument = b"-1"
seconds = libc.atoi(argument)
duration = ctypes.c_uint(seconds).value  # sleep(unsigned int)
child = os.fork()
if child == 0:  # in the child
    libc.sleep(duration)
    os._exit(0)
os.waitpid(child, 0)
