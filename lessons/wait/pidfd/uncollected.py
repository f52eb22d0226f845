import os

child = os.fork()
if child == 0:  # in the child
    os._exit(0)
os.write(1, b"no wait\n")  # ① the child has ended
