import os
import socket

ours, theirs = socket.socketpair()
child = os.fork()
if child == 0:  # in the child
    read_end, write_end = os.pipe()
    socket.send_fds(theirs, [b"!"], [read_end])
    os.write(write_end, b"hello")
    theirs.recv(1)
    os._exit(0)
got = socket.recv_fds(ours, 1, 1)[1][0]
while text := os.read(got, 100):
    os.write(1, text)
ours.send(b"!")
os.waitpid(child, 0)
