import os
import signal

daemon = os.fork()
if daemon == 0:  # in the daemon
    signal.pause()
stopper = os.fork()
if stopper == 0:  # in the stopper
    os.setpgid(0, 0)  # as shells do with each job
    helper = os.fork()
    if helper == 0:  # in the stopper's helper
        signal.pause()
    number = int("0\n")  # the text of the pid file
    os.kill(number, signal.SIGTERM)
os.waitpid(stopper, 0)
