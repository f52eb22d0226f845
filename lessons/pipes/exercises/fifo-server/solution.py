import sys

path = sys.argv[1]
with (
    open(path) as clients,  # sleeps until there is a client
    open(path, "w"),  # with a write end of our own, end of file never comes
):
    for line in clients:
        if line == "quit\n":
            break
        print("got", line.strip(), flush=True)
