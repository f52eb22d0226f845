import os
import signal


def remove(*_):
    os.write(1, b"remove ")


signal.signal(signal.SIGCHLD, remove)
child = os.fork()
if child == 0:  # in the child
    os._exit(0)
os.write(1, b"add ")
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
os.waitpid(child, 0)
