import os

os.write(1, b"before ")
printer = 0
if printer == 0:  # in the printer
    os.execvp("printf", ["printf", "during "])
os.waitpid(printer, 0)  # printf has ended
os.write(1, b"after ")
