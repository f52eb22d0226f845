import faulthandler
import os


def deeper(depth):
    return deeper(depth + 1)


faulthandler.enable()
try:
    deeper(0)
except RecursionError:
    os.write(1, b"RecursionError")
