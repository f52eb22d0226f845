import os

child = os.fork() or os._exit(5)
while not any(os.waitpid(child, os.WNOHANG)):
    pass
