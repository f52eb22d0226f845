import os
import signal

signal.setitimer(signal.ITIMER_REAL, 0.3)  # for all of it
signal.setitimer(signal.ITIMER_REAL, 100)  # for the first step
os.write(1, b"first ")
signal.setitimer(signal.ITIMER_REAL, 0)  # the step is done: no timer
signal.pause()  # the second step does not end
