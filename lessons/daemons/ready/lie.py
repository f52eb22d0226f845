import os
import signal

daemon = os.fork()
if daemon == 0:  # in the daemon
    os.setsid()
    if not os.path.exists("config"):
        os._exit(1)
    signal.pause()  # it serves for ever
os._exit(0)  # started
