import os

read_end, write_end = os.pipe()
writer = os.fork()
if writer == 0:  # in the writer
    os.write(write_end, b"hello")
    os._exit(0)
reader = os.fork()
if reader == 0:  # in the reader
    os.close(write_end)  # the reader only reads
    length = 0
    while text := os.read(read_end, 4096):
        length += len(text)
    print(length, "bytes", flush=True)
    os._exit(0)
os.waitpid(writer, 0)
os.waitpid(reader, 0)
