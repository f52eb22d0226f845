import os
import signal

child = os.fork()
if child == 0:  # in the child
    signal.pause()
os.kill(0, signal.SIGTERM)
os.waitpid(child, 0)
os.write(1, b"my child has ended")
