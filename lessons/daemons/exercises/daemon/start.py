import os
import signal
import sys

path = sys.argv[1]

if os.fork():
    sys.exit(0)  # too early: no process knows yet whether there will be a daemon
# Become a daemon. Lock the pid file, write your pid into it, and say that you are ready.
signal.pause()
