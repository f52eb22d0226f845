import os
import signal

read_end, write_end = os.pipe()
program = os.fork()
if program == 0:  # in the program
    os.dup2(write_end, 1)
    server = os.fork()
    if server == 0:  # in the server
        os.dup2(os.open("/dev/null", os.O_RDWR), 1)
        signal.pause()
        os._exit(0)
    os.write(1, b"started")
    os._exit(0)
os.close(write_end)  # the caller only reads
while os.read(read_end, 4096):
    pass
os.waitpid(program, 0)
