import os

for _ in range(5):
    child = os.fork()
    if child == 0:  # in a child
        os._exit(0)
os.wait()
os.waitpid(-1, 0)
os.wait3(0)
os.wait4(-1, 0)
os.waitid(os.P_ALL, 0, os.WEXITED)
