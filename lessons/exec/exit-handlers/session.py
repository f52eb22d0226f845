import atexit
import os
import sys


def save():
    os.write(1, b"save ")


def disconnect():
    os.write(1, b"disconnect ")


atexit.register(disconnect)
atexit.register(save)
os.write(1, b"work ")
sys.exit(3)
