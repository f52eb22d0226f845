import ctypes
import os
import select
import signal


def signalfd(number):
    signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    mask = (ctypes.c_ulong * 16)(1 << number - 1)
    return int(ctypes.CDLL(None, use_errno=True).signalfd(-1, mask, os.O_CLOEXEC))


signals = signalfd(signal.SIGCHLD)
handles = []
for _ in range(3):
    child = os.fork()
    if child == 0:  # in the child
        os._exit(0)
    handles.append(os.pidfd_open(child))
    os.waitid(os.P_PIDFD, handles[-1], os.WEXITED | os.WNOWAIT)
# ① all three have ended
records = len(os.read(signals, 4096)) // 128
readable = len(select.select(handles, [], [], 0)[0])
print(records, "record,", readable, "pidfds", flush=True)
