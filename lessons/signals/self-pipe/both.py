import os
import select
import signal

busy = os.fork()
if busy == 0:  # in busy
    signal.pause()
done = os.fork()
if done == 0:  # in done
    os._exit(3)
loop = select.poll()
loop.register(os.pidfd_open(busy), select.POLLIN)
loop.register(os.pidfd_open(done), select.POLLIN)
((ready, _),) = loop.poll()
info = os.waitid(os.P_PIDFD, ready, os.WEXITED)  # ①
print("status", info and info.si_status, flush=True)
os.waitpid(busy, 0)
