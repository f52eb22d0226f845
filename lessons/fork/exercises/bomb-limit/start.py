import sys

most = int(sys.argv[1])

# Set a limit of this number of processes. Then let each process fork until the kernel refuses.
# When all have been refused, each collects its children and ends with status 0.
sys.exit("nothing is done yet")
