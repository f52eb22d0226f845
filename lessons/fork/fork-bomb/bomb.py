import os
import signal

# A fork bomb: run it only in the lesson, which limits it.
while True:
    try:
        os.fork()
    except BlockingIOError:  # EAGAIN
        signal.pause()  # a real bomb tries again
