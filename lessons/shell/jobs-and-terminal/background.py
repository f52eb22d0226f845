import os

job = os.fork()
if job == 0:  # in the background
    os.setpgid(0, 0)
    try:
        os.read(0, 100)
    except OSError:
        os._exit(1)
    os._exit(0)
os.waitpid(job, os.WUNTRACED)
