import os
import select
import signal
from contextlib import suppress

read_end, write_end = os.pipe()
os.set_blocking(write_end, False)
signal.signal(signal.SIGUSR1, lambda *_: os.write(write_end, b"!"))
os.kill(os.getpid(), signal.SIGUSR1)
os.kill(os.getpid(), signal.SIGUSR1)
select.select([read_end], [], [])
with suppress(BlockingIOError):  # until it is empty
    while os.read(read_end, 1):
        os.write(1, b"seen ")
os.write(1, b"done")
