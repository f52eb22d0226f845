import os
import signal

signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = os.fork()
if job == 0:  # in the job
    os.setpgid(0, 0)
    os._exit(0)
os.setpgid(job, job)
os.tcsetpgrp(0, job)
os.waitpid(job, 0)
os.read(0, 100)
