# right: the FIFO is kept open for both
import os, sys
requests = os.open(sys.argv[1], os.O_RDWR)
rest = b""
while True:
    *lines, rest = (rest + os.read(requests, 4096)).split(b"\n")
    for line in lines:
        if line == b"quit":
            sys.exit(0)
        print("got", line.decode(), flush=True)
