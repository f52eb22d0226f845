import ctypes
import os
import signal


def fork_as(pid):
    wanted = ctypes.c_int(pid)
    arguments = (ctypes.c_uint64 * 10)()
    arguments[4] = signal.SIGCHLD
    arguments[8], arguments[9] = ctypes.addressof(wanted), 1
    library = ctypes.PyDLL(None, use_errno=True)
    result = library.syscall(435, ctypes.byref(arguments), ctypes.sizeof(arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return int(result)


for _ in range(2):
    child = os.fork()
    if child == 0:  # in the child
        os._exit(0)
    os.waitpid(child, 0)
