import os

for line in "nosuch it", "echo done":
    words = line.split()
    command = os.fork()
    if command != 0:  # in the shell
        os.waitpid(command, 0)
        continue
    try:
        os.execvp(words[0], words)
    except OSError:
        os.write(2, b"not found\n")
    os._exit(127)
