import os
import sys

codes = [int(word) for word in sys.argv[1:]]

# Make two children; the first ends with codes[0], the second with codes[1].
# Then collect both, and print a line for each: its pid and its exit status.
