import os

os.environ["TOKEN"] = "secret"
daemon = os.fork()
if daemon == 0:  # in the daemon
    os.setsid()
    os.execvp("printenv", ["printenv", "TOKEN"])
os.waitpid(daemon, 0)
