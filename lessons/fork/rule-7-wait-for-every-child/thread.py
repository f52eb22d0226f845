import os
import threading

child = os.fork()
if child == 0:  # in the child
    os._exit(7)
collector = threading.Thread(target=os.waitpid, args=(child, 0))
collector.start()
collector.join()
os.write(1, b"collected")  # ①
