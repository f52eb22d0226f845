import os

os.close(1)
data = os.open("data", os.O_CREAT | os.O_RDWR, 0o600)
os.write(data, b"record 1\n")
try:
    os.write(1, b"hello\n")  # a message of a library
except OSError:
    os._exit(1)
