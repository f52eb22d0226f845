import os
import signal


def manage(orders):
    os.read(orders, 1)
    server = os.fork()
    if server == 0:  # in the server
        signal.pause()
    signal.pause()  # the manager goes on


orders, ask = os.pipe()
manager = os.fork()
if manager == 0:  # long before the capture
    manage(orders)
read_end, write_end = os.pipe()
program = os.fork()
if program == 0:  # in the program
    os.dup2(write_end, 1)
    os.write(ask, b"!")  # systemctl start server
    os._exit(0)
os.close(write_end)
os.read(read_end, 4096)
