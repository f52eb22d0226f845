import os

read_end, write_end = os.pipe()
reader = os.fork()
if reader == 0:  # in the reader
    while os.read(read_end, 4096):  # until end of file
        pass
    print("done", flush=True)
    os._exit(0)
os.write(write_end, b"hello")
os.close(write_end)
os.waitpid(reader, 0)
