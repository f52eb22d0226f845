import os

read_end, write_end = os.pipe()
yes = os.fork()
if yes == 0:  # in yes
    os.close(read_end)
    try:
        while True:
            os.write(write_end, b"y\n" * 2048)
    except BrokenPipeError:  # EPIPE
        os._exit(3)
os.close(write_end)
os.close(read_end)
os.waitpid(yes, 0)
