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


first = os.fork()
if first == 0:  # in first
    os._exit(0)
handle = os.pidfd_open(first)
os.waitpid(first, 0)
stranger = fork_as(first)  # the same pid again
if stranger == 0:  # in stranger
    signal.pause()
try:
    signal.pidfd_send_signal(handle, signal.SIGTERM)
except ProcessLookupError:
    os.kill(first, signal.SIGTERM)
