import os
import signal

children = []
for _ in range(2):
    child = os.fork()
    if child == 0:
        signal.pause()  # until a signal ends it
        os._exit(0)
    children.append(child)

# As soon as one of the two has ended: collect it, and print its pid and its signal.
