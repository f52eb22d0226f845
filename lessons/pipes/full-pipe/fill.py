import fcntl
import os

read_end, write_end = os.pipe()
size = fcntl.fcntl(write_end, fcntl.F_GETPIPE_SZ)
os.set_blocking(write_end, False)  # O_NONBLOCK
taken = os.write(write_end, bytes(2_097_152))
print(taken, "of", size, flush=True)
