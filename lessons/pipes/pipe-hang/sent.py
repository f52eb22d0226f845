import os
import select
import socket

read_end, write_end = os.pipe()
pair = socket.socketpair()
socket.send_fds(pair[1], [b"!"], [write_end])
os.close(write_end)
can_read = select.select([read_end], [], [], 0)[0]
os.write(1, b"end" if can_read else b"open")
