import sys

path = sys.argv[1]
with (
    open(path) as clients,  # sleeps until there is a client
    open(path, "w"),  # the program has a write end, too: end of file never comes
):
    for line in clients:
        if line == "quit\n":
            break
        print("got", line.strip(), flush=True)
