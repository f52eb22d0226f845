import os
import signal

job = os.fork()
if job == 0:  # in the background
    os.setpgid(0, 0)
    os.read(0, 100)
    os._exit(0)
os.waitpid(job, os.WUNTRACED)
os.tcsetpgrp(0, job)  # ① what fg does
os.kill(-job, signal.SIGCONT)
os.waitpid(job, 0)
