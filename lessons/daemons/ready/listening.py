import os
import signal

read_end, write_end = os.pipe()
daemon = os.fork()
if daemon == 0:  # in the daemon
    os.setsid()
    if not os.path.exists("config"):
        os._exit(1)
    os.write(write_end, b"ready")
    os.close(write_end)  # it has no more to write
    signal.pause()
os.close(write_end)  # only the daemon writes
is_ready = os.read(read_end, 5) == b"ready"
os._exit(0 if is_ready else 1)
