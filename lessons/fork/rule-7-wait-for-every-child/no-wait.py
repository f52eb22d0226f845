import os
import signal

for _ in range(5):
    child = os.fork()
    if child == 0:  # in a child
        os._exit(0)
signal.pause()  # the parent does other work
