import os
import sys

word = sys.argv[1]
child = os.fork()
if child == 0:
    os.execvp(word, [word])  # a single word; nothing is split yet
os.waitpid(child, 0)
