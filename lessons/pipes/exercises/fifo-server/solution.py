import sys

path = sys.argv[1]
# BEGIN SOLUTION
with (
    open(path) as clients,  # sleeps until there is a client
    open(path, "w"),  # the program has a write end, too: end of file never comes
):
    for line in clients:
        if line == "quit\n":
            break
        print("got", line.strip(), flush=True)
# INSTEAD
# # Print "got LINE" for each line that a client writes to the FIFO; quit ends the program.
# END SOLUTION
