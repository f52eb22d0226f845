import os

argument = "soon"
for _ in (1, 2):
    child = os.fork()
    if child == 0:  # in a child
        if not argument.isdigit():
            os.write(1, b"not a number: soon\n")
            os._exit(2)
        os._exit(0)
os.wait()
os.wait()
