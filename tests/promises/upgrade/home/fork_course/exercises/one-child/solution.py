import os

if os.fork() == 0:
    os._exit(3)
os.wait()
