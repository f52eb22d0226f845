import os

child = os.fork()
if child == 0:  # in the child
    os.execv("/bin/sh", ["tea/sh", "-c", "echo I am $0"])
os.waitpid(child, 0)
