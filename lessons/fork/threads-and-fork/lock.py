import os
import signal
import threading


def hold(lock, taken):
    with lock:
        taken.set()
        signal.pause()  # works for a long time


lock, taken = threading.Lock(), threading.Event()
threading.Thread(target=hold, args=[lock, taken], daemon=True).start()
taken.wait()
child = os.fork()
if child == 0:  # in the child
    lock.acquire()
    os._exit(0)
os.waitpid(child, 0)
