import os
import signal

asleep = os.fork()
if asleep == 0:
    signal.pause()
stopped = os.fork()
if stopped == 0:
    os.kill(os.getpid(), signal.SIGSTOP)
dead = os.fork()
if dead == 0:
    os._exit(0)
stat = os.open("/proc/self/stat", os.O_RDONLY)  # ①
os.write(1, os.read(stat, 4096).split()[2])
