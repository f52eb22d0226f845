import os
import sys

word, name = map(os.fsencode, sys.argv[1:3])
if os.fork() == 0:
    file = os.open(name, os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(file, word)
    os.write(1, word)
    os._exit(0)
os.write(1, b"<P0>")
os.wait()
os.write(1, os.read(os.open(name, os.O_RDONLY), 1000))
