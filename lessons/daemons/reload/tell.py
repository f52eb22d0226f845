import os
import signal
from pathlib import Path
settings = {"name": b""}


def load(*_):
    try:
        config = os.open("config", os.O_RDONLY)
    except OSError:
        return
    settings["name"] = os.read(config, 99)
    os.close(config)
    os.write(1, b"loaded " + settings["name"] + b"\n")


Path("config").write_text("old")
read_end, write_end = os.pipe()
daemon = os.fork()
if daemon == 0:  # in the daemon
    signal.signal(signal.SIGHUP, load)
    load()
    os.write(write_end, b"!")  # it is ready
    while True:
        signal.pause()
os.read(read_end, 1)
Path("config").write_text("new")  # ① the daemon pauses
os.kill(daemon, signal.SIGHUP)
