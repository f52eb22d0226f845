import os

middle = os.fork()
if middle == 0:  # in the middle process
    worker = os.fork()
    if worker == 0:  # in the worker
        os._exit(3)
    os._exit(0)
os.write(1, b"next, please\n")
