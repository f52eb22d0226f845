import os

os.mkfifo("f")
try:
    os.open("f", os.O_WRONLY)
    os.write(1, b"it is open")
except OSError as error:
    os.write(1, f"{error.strerror}".encode())
