import os

try:
    while True:
        child = os.fork()
        if child == 0:  # in the child
            os._exit(0)  # its work is done
except BlockingIOError:
    os.wait()  # ① fork has failed
if os.fork() == 0:  # in one more child
    os._exit(0)
os.write(1, b"one more\n")
