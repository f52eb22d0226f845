import os
import signal


def start_server():
    server = os.fork()
    if server == 0:  # in the server
        signal.pause()  # it serves for ever
    os.write(1, b"started\n")
    os._exit(0)


read_end, write_end = os.pipe()
program = os.fork()
if program == 0:  # in the program
    os.dup2(write_end, 1)
    start_server()
os.close(write_end)
text = os.read(read_end, 100_000)
while os.read(read_end, 4096):
    pass  # until end of file
os.waitpid(program, 0)
os.write(1, text)
