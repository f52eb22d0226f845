import os

child = os.fork()
if child == 0:
    os._exit(5)
while os.waitpid(child, os.WNOHANG)[0] == 0:
    pass
print("e")
