# fails: second
import sys

with open(sys.argv[1]) as clients:
    for line in clients:
        if line == "quit\n":
            sys.exit(0)
        print("got", line.strip(), flush=True)
