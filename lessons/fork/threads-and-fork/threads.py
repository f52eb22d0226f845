import os
import signal
import threading

threading.Thread(target=signal.pause).start()
child = os.fork()
if child == 0:  # in the child
    os._exit(0)  # ①
os.waitpid(child, 0)
os._exit(0)  # ends both threads
