import os
import signal

shell = os.fork()
if shell == 0:  # in the shell
    os.setsid()
    job = os.fork()
    if job == 0:  # in the job
        os.setpgid(0, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(0)
    os.waitpid(job, os.WUNTRACED)
    os._exit(0)  # ① the job is stopped
os.waitpid(shell, 0)
