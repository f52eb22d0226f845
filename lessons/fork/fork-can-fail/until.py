import os
import resource
import signal

resource.setrlimit(resource.RLIMIT_NPROC, (3, 3))
made = []
try:
    while True:
        child = os.fork()
        if child == 0:  # in a child
            signal.pause()  # stays alive
        made.append(child)
except BlockingIOError:  # EAGAIN, as Python says it
    os.write(1, b"%d children" % len(made))
for child in made:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
