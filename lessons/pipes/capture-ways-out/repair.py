import os
import signal

read_end, write_end = os.pipe()
program = os.fork()
if program == 0:  # in the program
    os.dup2(write_end, 1)
    server = os.fork()
    if server == 0:  # in the server
        signal.pause()  # it serves for ever
    os.write(1, b"started\n")
    os.write(1, b"ready\n")
    os._exit(0)
os.close(write_end)
while text := os.read(read_end, 4096):
    os.write(1, text)
os.waitpid(program, 0)
