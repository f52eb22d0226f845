import os

child = os.fork()
if child == 0:  # in the child
    how = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    os.dup2(os.open("g", how, 0o666), 1)  # >g
    os.dup2(os.open("g", how, 0o666), 2)  # 2>g
    os.write(1, b"aa\n")
    os.write(2, b"b\n")
    os._exit(0)
os.waitpid(child, 0)
