import os
import signal

front = os.fork()
if front == 0:  # a job
    signal.pause()
back = os.fork()
if back == 0:  # another one
    signal.pause()
os.setpgid(back, back)  # a group of its own
signal.signal(signal.SIGINT, signal.SIG_IGN)
os.waitpid(front, 0)
