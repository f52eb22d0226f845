import os

child = os.fork()
if child == 0:  # in the child
    os._exit(5)
os.wait()  # ① the child has ended
