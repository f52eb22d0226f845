import os
import signal

child = os.fork()
if child == 0:  # in the child
    signal.pause()
os.wait()
