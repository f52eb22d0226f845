import os

child = os.fork()
if child == 0:  # in the child
    log = os.open("log", os.O_CREAT | os.O_WRONLY, 0o600)
    os.write(log, b"AAAA")
    os._exit(0)
os.waitpid(child, 0)
log = os.open("log", os.O_WRONLY)
os.write(log, b"BB")
