import os

child = os.fork()
if child == 0:
    print(os.getppid(), flush=True)
    # Wait until the parent has ended. Then print both pids on one line.
    os._exit(0)
