import atexit
import os
import sys


def handler():
    os.write(1, b"handler ")


atexit.register(handler)
print("text ", end="")
sys.exit(0)
