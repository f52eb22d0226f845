import contextlib
import os
import signal


def collect(*_):
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, 0)[0] > 0:
            pass


signal.signal(signal.SIGCHLD, collect)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
busy = os.fork()
if busy == 0:  # in the busy worker
    signal.pause()
done = os.fork()
if done == 0:  # in the other worker
    os._exit(0)
os.waitid(os.P_PID, done, os.WEXITED | os.WNOWAIT)  # done has ended
os.write(1, b"next, please\n")
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
os.write(1, b"next, please\n")
