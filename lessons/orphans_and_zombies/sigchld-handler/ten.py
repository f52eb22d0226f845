import os
import signal


def collect_one(*_):
    os.wait()


signal.signal(signal.SIGCHLD, collect_one)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
for _ in range(10):
    child = os.fork()
    if child == 0:  # in the child
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it has ended
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
os.write(1, b"on we go\n")  # ① the handler has run
