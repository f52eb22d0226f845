import os

x = 1
log = os.open("log", os.O_CREAT | os.O_RDWR, 0o600)
child = os.fork()
if child == 0:  # in the child
    x = 2
    log = os.open("log", os.O_RDWR)
    os.write(log, b"child ")
    os._exit(x)
os.write(log, b"parent ")
_, status = os.waitpid(child, os.WNOHANG)
os.write(1, b"%d %d " % (x, os.waitstatus_to_exitcode(status)))
os.write(1, os.pread(log, 20, 0).upper())
