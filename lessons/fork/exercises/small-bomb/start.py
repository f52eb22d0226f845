import sys

rounds = int(sys.argv[1])

# In each round, each process forks once.
# Then each process collects the children that it has made.
sys.exit("nothing is done yet")
