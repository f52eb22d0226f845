import os
import socket

ours, theirs = socket.socketpair()
child = os.fork()
if child == 0:  # in the child
    log = os.open("log", os.O_CREAT | os.O_RDWR, 0o600)
    os.write(log, b"abc")
    socket.send_fds(theirs, [b"!"], [log])
    os._exit(0)
os.waitpid(child, 0)
os.write(socket.recv_fds(ours, 1, 1)[1][0], b"de")
