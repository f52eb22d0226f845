import os
import signal
import time

came = []
signal.signal(signal.SIGUSR1, lambda *_: came.append(1))
if os.fork() == 0:
    os.kill(os.getppid(), signal.SIGUSR1)
    os._exit(0)
while not came:
    time.sleep(0.1)
print("came")
