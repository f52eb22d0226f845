import os
from contextlib import suppress

master, terminal = os.openpty()
child = os.fork()
if child == 0:  # in the child
    os.login_tty(terminal)
    os.write(1, b"hi")
    os._exit(0)
os.close(terminal)  # the child has it
with suppress(OSError):  # until read fails
    while text := os.read(master, 100):
        os.write(1, text)
os.waitpid(child, 0)
