import os

fd = os.open("poem", os.O_CREAT | os.O_RDWR, 0o600)
os.pwrite(fd, b"one two three", 0)
os.open("poem", os.O_RDONLY)  # the same file again: descriptor 4
child = os.fork()
if child == 0:  # in the child
    os.read(fd, 4)
    os.close(fd)  # ① the child has read
    os._exit(0)  # ② the child has closed
os.waitpid(child, 0)
os.write(1, os.read(fd, 3))
