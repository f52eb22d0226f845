"""A program that sets raw mode and obeys keys.

s: stop itself, as an editor does on ^Z, and print the modes after it is continued. k: kill itself.
q: exit without restoring the modes. r: restore them and exit.
"""

import os
import signal
import sys
import termios
import tty

before = termios.tcgetattr(0)
tty.setraw(0)
os.write(1, b"raw\r\n")
while True:
    key = os.read(0, 1)
    if key == b"s":
        os.kill(os.getpid(), signal.SIGSTOP)
        is_raw = not termios.tcgetattr(0)[3] & (termios.ICANON | termios.ECHO)
        os.write(1, b"still raw\r\n" if is_raw else b"cooked\r\n")
    elif key == b"k":
        os.kill(os.getpid(), signal.SIGKILL)
    elif key == b"r":
        termios.tcsetattr(0, termios.TCSADRAIN, before)
        sys.exit(0)
    else:
        sys.exit(0)
