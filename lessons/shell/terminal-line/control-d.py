import os

keyboard, terminal = os.openpty()
os.write(keyboard, b"ab\x04")  # a, b, ^D
os.write(1, os.read(terminal, 100))
os.write(keyboard, b"\x04")  # ^D
if os.read(terminal, 100) == b"":
    os.write(1, b" end")
