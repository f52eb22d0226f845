import os
import signal

seen = []
signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
child = os.fork()
if child == 0:  # in the child
    os.kill(os.getpid(), signal.SIGUSR1)
    os._exit(len(seen))
os.waitpid(child, 0)
print("parent:", len(seen))
