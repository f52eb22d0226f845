import sys

most = int(sys.argv[1])

# Set a limit of this number of processes. Then let each process fork until the kernel refuses.
# When fork has failed in all of them, each collects its children and ends with status 0.
sys.exit("nothing is done yet")
