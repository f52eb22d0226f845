import os
import signal
APPEND = os.O_CREAT | os.O_WRONLY | os.O_APPEND
LOG = 9  # the descriptor of the log


def reopen(*_):
    log = os.open("log", APPEND, 0o600)
    os.dup2(log, LOG)
    os.close(log)


signal.signal(signal.SIGHUP, reopen)
reopen()
os.write(LOG, b"one ")
logrotate = os.fork()
if logrotate == 0:  # another program
    os.rename("log", "log.1")
    os._exit(0)
os.waitpid(logrotate, 0)
os.write(LOG, b"two ")
