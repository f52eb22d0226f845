import os

fd = os.open("table", os.O_CREAT | os.O_RDWR, 0o600)
child = os.fork()
if child == 0:  # in the child
    os.lseek(fd, 0, os.SEEK_SET)
    os.write(fd, b"cc")
    os._exit(0)
os.lseek(fd, 4, os.SEEK_SET)
os.write(fd, b"pp")
os.waitpid(child, 0)
os.write(1, os.pread(fd, 9, 0).replace(b"\0", b"."))
