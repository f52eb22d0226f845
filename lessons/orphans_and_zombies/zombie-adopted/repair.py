import os

for _ in range(6):
    child = os.fork()
    if child == 0:  # in the child
        os._exit(0)  # its work is done
os.write(1, b"six served\n")
