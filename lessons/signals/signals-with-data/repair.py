import ctypes
import os
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


receiver = os.getpid()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
child = os.fork()
if child == 0:  # in the child
    for number in (1, 2, 4):
        sigqueue(receiver, signal.SIGUSR1, number)
    os._exit(0)
os.waitpid(child, 0)
while (value := receive(signal.SIGUSR1)) is not None:
    os.write(1, b"%d " % value)
