import os
import signal


def give_up(*_):
    raise TimeoutError


signal.signal(signal.SIGALRM, give_up)
child = os.fork()
if child == 0:  # in the child
    signal.pause()
try:
    os.waitpid(child, 0)
except TimeoutError:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
