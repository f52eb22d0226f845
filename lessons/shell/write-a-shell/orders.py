import os
import signal

job = os.fork()
if job == 0:  # in the job
    os.setpgid(0, 0)
    signal.pause()
os.setpgid(job, job)
try:
    os.kill(-job, signal.SIGKILL)
    os.write(1, b"killed")
except ProcessLookupError:
    os.write(1, b"no group")
    os.kill(job, signal.SIGKILL)
os.waitpid(job, 0)
