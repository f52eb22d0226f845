import os
import select


def can_read(file):
    return select.select([file], [], [], 0)[0] != []


keyboard, terminal = os.openpty()
os.write(keyboard, b"lx\x7fs")  # l, x, Backspace, s
if can_read(terminal):
    os.write(1, os.read(terminal, 100) + b"early, ")
os.write(keyboard, b"\r")  # Enter
os.write(1, os.read(terminal, 100))
