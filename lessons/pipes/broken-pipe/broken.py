import os
import signal

read_end, write_end = os.pipe()
yes = os.fork()
if yes == 0:  # in yes
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.close(read_end)  # yes does not read
    while True:
        os.write(write_end, b"y\n" * 2048)
os.close(write_end)
os.read(read_end, 2)
os.close(read_end)  # head has seen enough
os.waitpid(yes, 0)
