import os

for word, log in ("one", "log"), ("two", ""):
    if log:
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT, 0o666), 1)
    command = os.fork()
    if command == 0:  # in the child
        os.execvp("echo", ["echo", word])
    os.waitpid(command, 0)
