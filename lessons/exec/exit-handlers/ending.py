import atexit
import os
import sys


def handler():
    os.write(1, b"handler ")


def talk():
    print("text ", end="")


atexit.register(handler)
atexit.register(talk)
sys.exit(0)
