import os


def helper():
    child = os.fork()
    os.write(1, b"inner ")
    return child


number = helper()
os.write(1, b"outer ")
if number != 0:  # in the parent
    os.waitpid(number, 0)
