import os

with open("log", "w", buffering=4096) as log:
    log.write("one line\n")
    child = os.fork()
if child != 0:  # in the parent
    os.waitpid(child, 0)
