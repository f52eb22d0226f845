import os

child = os.fork()
if child == 0:  # in the child
    f = os.open("f", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.dup2(f, 1)  # >f
    os.dup2(1, 2)  # 2>&1
    os.close(f)
    os.write(1, b"out\n")  # ① ready for the program
    os.write(2, b"err\n")
    os._exit(0)
os.waitpid(child, 0)
