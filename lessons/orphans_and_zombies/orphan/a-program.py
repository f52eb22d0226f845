import ctypes
import os
import signal


def die_with_the_parent():
    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGTERM, 0, 0, 0)


told, tell = os.pipe()
program = os.fork()
if program == 0:  # in the program
    os.setpgid(0, 0)
    helper = os.fork()
    if helper == 0:  # in the helper
        os.write(tell, b".")  # it is alive
    signal.pause()
os.read(told, 1)
os.kill(program, signal.SIGTERM)  # ① both are alive
os.waitpid(program, 0)
