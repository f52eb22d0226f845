# fails: one
import os

for _ in range(2):
    if os.fork() == 0:
        os._exit(3)
os.wait()
os.wait()
