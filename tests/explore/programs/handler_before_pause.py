import os
import signal

came = []
signal.signal(signal.SIGCHLD, lambda *_: came.append(os.wait()))
if os.fork() == 0:
    os._exit(0)
if not came:
    signal.pause()
print("c")
