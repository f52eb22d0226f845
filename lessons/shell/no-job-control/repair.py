import os
import signal

signal.signal(signal.SIGHUP, signal.SIG_IGN)  # so that only ^C matters
helper = os.fork()
if helper == 0:  # in the helper
    os.execvp("sleep", ["sleep", "1000"])
signal.pause()
