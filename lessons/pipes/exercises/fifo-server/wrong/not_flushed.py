# fails: first
import sys

path = sys.argv[1]
while True:
    with open(path) as clients:  # sleeps until there is a client
        for line in clients:  # ends when no client is left
            if line == "quit\n":
                sys.exit(0)
            print("got", line.strip())
