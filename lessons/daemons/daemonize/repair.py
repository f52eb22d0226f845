import os
import signal

middle = os.fork()
if middle:  # in the caller
    os._exit(os.waitpid(middle, 0)[1])
daemon = os.fork()
if daemon:  # in the middle process
    os._exit(0)
os.setsid()
os.chdir("/")
for number in (0, 1, 2):
    os.dup2(os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC), number)
signal.pause()  # it serves for ever
