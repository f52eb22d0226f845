import os

print("before")
child = os.fork()
print("after")
if child != 0:  # in the parent
    os.waitpid(child, 0)
