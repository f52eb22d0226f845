import os
import signal

child = os.fork()
if child == 0:  # in the child
    signal.setitimer(signal.ITIMER_REAL, 0.1)  # SIGALRM in 0.1 s
    os.execvp("sleep", ["sleep", "1000"])
os.waitpid(child, 0)
