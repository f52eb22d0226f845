import os
import signal

busy = os.fork()
if busy == 0:  # in busy
    signal.pause()
done = os.fork()
if done == 0:  # in done
    os._exit(3)
os.waitpid(busy, 0)
os.waitpid(done, 0)
