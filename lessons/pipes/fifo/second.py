import os

os.mkfifo("f")
client = os.fork()
if client == 0:  # in the client
    fd = os.open("f", os.O_WRONLY)
    os.write(fd, b"one")
    os._exit(0)
fd = os.open("f", os.O_RDONLY)
os.waitpid(client, 0)
os.read(fd, 3)
os.read(fd, 3)
