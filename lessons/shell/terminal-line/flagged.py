import os
import select
import termios


def can_read(file):
    return select.select([file], [], [], 0)[0] != []


keyboard, terminal = os.openpty()
mode = termios.tcgetattr(terminal)
mode[3] &= ~0  # the flags to clear
termios.tcsetattr(terminal, termios.TCSANOW, mode)
os.write(keyboard, b"l")
os.write(1, b"read " if can_read(terminal) else b"held ")
os.write(1, b"echo" if can_read(keyboard) else b"dark")
