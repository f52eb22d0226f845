import os
import select
import termios


def can_read(file):
    return select.select([file], [], [], 0)[0] != []


keyboard, terminal = os.openpty()
before = termios.tcgetattr(terminal)
mode = termios.tcgetattr(terminal)
mode[3] &= ~termios.ECHO
termios.tcsetattr(terminal, termios.TCSANOW, mode)
os.write(keyboard, b"secret\r")
password = os.read(terminal, 100)
os.write(keyboard, b"ls")
if not can_read(terminal) and password and can_read(keyboard):
    os.write(1, os.read(keyboard, 1) + os.read(keyboard, 1))
