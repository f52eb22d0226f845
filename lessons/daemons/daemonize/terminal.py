import os
import signal

server = os.fork()
if server == 0:  # in the server
    os.setsid()
    _, terminal = os.openpty()  # a new one
    os.open(os.ttyname(terminal), os.O_RDWR)
    signal.pause()
signal.pause()
