# fails: ends
import sys

path = sys.argv[1]
while True:
    with open(path) as clients:  # sleeps until there is a client
        for line in clients:  # ends when no client is left
            print("got", line.strip(), flush=True)
            if line == "quit\n":
                sys.exit(0)
