import os
import signal
import threading


def work(lock, ready):
    with lock:
        os.write(1, b"the thread has the lock\n")
        os.write(ready, b"!")
        signal.pause()  # works for a long time


lock = threading.Lock()
read_end, write_end = os.pipe()
threading.Thread(target=work, args=[lock, write_end]).start()
os.read(read_end, 1)
child = os.fork()
if child == 0:  # in the child
    with lock:
        os.write(1, b"the child has its lock\n")
    os._exit(0)
os.waitpid(child, 0)
os._exit(0)  # ends both threads
