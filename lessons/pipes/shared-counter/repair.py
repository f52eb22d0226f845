import fcntl
import os

os.write(os.open("n", os.O_WRONLY | os.O_CREAT, 0o600), b"0")
child = os.fork()
file = os.open("n", os.O_RDWR)  # each its own
number = int(os.pread(file, 9, 0))
os.pwrite(file, b"%d" % (number + 1), 0)
if child == 0:  # in the child
    os._exit(0)
os.waitpid(child, 0)
os.write(1, os.pread(file, 9, 0))
