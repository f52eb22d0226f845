import os
import signal

master, terminal = os.openpty()
child = os.fork()
if child == 0:  # in the child
    os.close(master)  # the parent's
    os.login_tty(terminal)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.write(1, b"!")  # it is ready
    signal.pause()
os.read(master, 1)
os.write(master, b"\x03")  # the byte of ^C
os.waitpid(child, 0)
