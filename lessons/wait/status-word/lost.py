import os

child = os.fork()
if child == 0:  # in the child
    os._exit(256)
os.waitpid(child, 0)
