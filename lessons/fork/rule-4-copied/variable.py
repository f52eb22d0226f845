import os

x = 1
child = os.fork()
if child == 0:  # in the child
    x = x + 1
    print("child:  x =", x, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print("parent: x =", x, flush=True)
