import ctypes
import os
SA_NOCLDSTOP, SA_NOCLDWAIT = 1, 2


class Action(ctypes.Structure):
    """The C library's struct sigaction."""

    _fields_ = (
        ("handler", ctypes.c_void_p),
        ("mask", ctypes.c_char * 128),
        ("flags", ctypes.c_int),
        ("restorer", ctypes.c_void_p),
    )


def set_flags(number, flags):
    library, action = ctypes.CDLL(None, use_errno=True), Action()
    library.sigaction(ctypes.c_int(number), None, ctypes.byref(action))
    action.flags |= flags
    library.sigaction(ctypes.c_int(number), ctypes.byref(action), None)


def collect_all(*_):
    try:
        while os.waitpid(-1, os.WNOHANG)[0] > 0:
            pass
    except ChildProcessError:
        pass  # there is no child left


for code in (1, 2, 3):
    worker = os.fork()
    if worker == 0:  # in the worker
        os._exit(code)
os.write(1, b"next, please\n")  # ① the workers have ended
os.write(1, b"next, please\n")  # ② the server has gone on
