import os

middle = os.fork()
if middle == 0:  # in the middle process
    worker = os.fork()
    if worker == 0:  # in the worker
        os._exit(3)  # ② it has worked
    os._exit(0)
os.waitpid(middle, 0)
os.write(1, b"next, please\n")  # ① the server goes on
