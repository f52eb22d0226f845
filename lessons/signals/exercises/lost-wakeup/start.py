import os
import signal

worker = os.fork()
if worker == 0:
    signal.pause()  # the worker: sleeps until a signal ends it
    os._exit(0)

# Sleep until SIGUSR1 comes, and never lose it. Print ready.
# Then end the worker with SIGTERM, and collect it.
