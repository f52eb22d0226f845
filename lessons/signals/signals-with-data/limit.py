import ctypes
import os
import resource
import signal
LIBC = ctypes.CDLL(None, use_errno=True)


def sigqueue(pid, signo, number):
    if LIBC.sigqueue(pid, signo, ctypes.c_void_p(number)) == -1:
        raise OSError(ctypes.get_errno(), "sigqueue")


def receive(signo):
    info, at_once = (ctypes.c_int * 32)(), bytes(16)
    signals = (1 << (signo - 1)).to_bytes(128, "little")
    if LIBC.sigtimedwait(signals, info, at_once) == -1:
        return None
    return info[6]  # si_value


resource.setrlimit(resource.RLIMIT_SIGPENDING, (0, 0))
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN})
try:
    sigqueue(os.getpid(), signal.SIGRTMIN, 7)
    os.write(1, f"received {receive(signal.SIGRTMIN)}".encode())
except BlockingIOError:
    os.write(1, b"EAGAIN")
