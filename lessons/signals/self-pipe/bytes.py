import os
import select
import signal

read_end, write_end = os.pipe()
os.set_blocking(write_end, False)
signal.signal(signal.SIGUSR1, lambda *_: os.write(write_end, b"!"))
os.kill(os.getpid(), signal.SIGUSR1)
os.kill(os.getpid(), signal.SIGUSR1)
select.select([read_end], [], [])
os.write(1, os.read(read_end, 100))
