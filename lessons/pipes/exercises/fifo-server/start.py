import sys

path = sys.argv[1]

# Print "got LINE" for each line that a client writes to the FIFO; quit ends the program.
