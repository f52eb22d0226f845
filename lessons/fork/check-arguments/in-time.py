import os

argument = "soon"
if not argument.isdigit():
    os.write(1, b"not a number: soon\n")
    os._exit(2)
for _ in (1, 2):
    child = os.fork()
    if child == 0:  # in a child
        os._exit(0)
os.wait()
os.wait()
