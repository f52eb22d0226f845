import os

os.write(1, b"before ")
os.execvp("printf", ["printf", "during "])
os.write(1, b"after ")
