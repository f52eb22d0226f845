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
signal.signal(signal.SIGHUP, load)
load()
os.write(1, b"hello from " + settings["name"] + b"\n")
Path("config").write_text("new")  # what an editor does
signal.pause()  # the client is slow, and you send SIGHUP
os.write(1, b"bye from " + settings["name"] + b"\n")
