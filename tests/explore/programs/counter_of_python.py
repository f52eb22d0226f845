import os
from pathlib import Path


def add():
    with open("n") as file:
        number = int(file.read() or 0)
    with open("n", "w") as file:
        file.write(str(number + 1))


Path("n").touch()
child = os.fork()
add()
if child:
    os.wait()
    print(Path("n").read_text(), end="")
