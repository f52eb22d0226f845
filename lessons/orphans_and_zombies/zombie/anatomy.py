import os

os.open("log", os.O_CREAT | os.O_WRONLY, 0o600)
child = os.fork()
if child == 0:  # in the child
    print("goodbye")  # into a buffer
    os._exit(42)  # ① the child is alive
os.waitpid(child, 0)  # ② the child has ended
