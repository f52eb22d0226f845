import sys

words = sys.argv[1:]
middle = words.index("--")
first, second = words[:middle], words[middle + 1 :]

# Run `first | second`.
