# fails: waits
import os
import sys

clients = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
while text := os.read(clients, 1000):
    if text == b"quit\n":
        sys.exit(0)
    print("got", text.decode().strip(), flush=True)
