import os

os.mkfifo("f")
reader = os.fork()
if reader == 0:  # in the reader
    fd = os.open("f", os.O_RDONLY)
    os.write(1, os.read(fd, 5))
    os._exit(0)
fd = os.open("f", os.O_WRONLY)  # ① the parent is about to open
os.write(fd, b"hello")
os.waitpid(reader, 0)
