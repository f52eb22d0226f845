import os
import signal

first = os.fork()
if first == 0:  # in the first child
    signal.pause()
second = os.fork()
if second == 0:  # in the second child
    signal.pause()
os.wait()  # the first wait
os.wait()  # ① one is collected
