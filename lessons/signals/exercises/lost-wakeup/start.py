import os
import signal

worker = os.fork()
if worker == 0:
    signal.pause()  # the worker: sleeps until a signal ends it
    os._exit(0)

# Sleep until SIGUSR1 comes, and lose it in no case. Print ready.
# Then end the worker by SIGTERM, and collect it.
