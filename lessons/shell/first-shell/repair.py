import contextlib
import os

os.write(1, b"> ")
while wanted := os.read(0, 1000).decode().split():
    command = os.fork()
    if command != 0:  # in the shell
        os.waitpid(command, 0)
    else:
        with contextlib.suppress(OSError):
            os.execvp(wanted[0], wanted)
        os.write(2, b"not found\n")
    os.write(1, b"> ")
