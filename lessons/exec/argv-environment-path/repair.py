import os

child = os.fork()
if child == 0:  # in the child
    os.execv("/bin/echo", ["hello", "world"])
os.waitpid(child, 0)
