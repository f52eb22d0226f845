import ctypes
import os
import resource
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
MAP_FAILED = ctypes.c_void_p(-1).value  # (void *) -1
function = ctypes.cast(libc.getpid, ctypes.c_void_p)
handle = ctypes.byref(ctypes.c_ulong())

resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
by_kill = libc.kill(os.getpid(), 999)  # there is no signal 999
by_mmap = libc.mmap(None, 0, 0, 0, -1, 0)  # 0 bytes are too few
by_thread = libc.pthread_create(handle, None, function, None)
print(by_kill, by_mmap == MAP_FAILED, by_thread)
