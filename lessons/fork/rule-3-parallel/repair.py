import os

for word in (b"one ", b"two "):
    worker = os.fork()
    if worker == 0:  # in a worker
        os.write(1, word)
        os._exit(0)
    os.wait()
